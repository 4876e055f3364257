"""What is done with one record of many: the body phase of its route, up to the record that it becomes."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bus.records import Record
from ext_proc.bulk.ending import Cause, of_reply
from ext_proc.bulk.receipts import refused
from ext_proc.bulk.tally import Tally
from ext_proc.errors import reply_for
from ext_proc.exchange import Exchange
from ext_proc.plugin import OnBody, OnWhole, Writes
from ext_proc.reply import Reply
from runtime.settings.bulk import BulkSettings

SERVICE_UNAVAILABLE = 503
UNIQUE_BYTES = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A record that is not to be written; `members` are what its receipt says, besides where it stands in the request."""

    status: int
    members: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """A route's way with many records.

    Attributes:
        steps: The plugins that judge each of them, in order.
        writes: The plugin that makes the record of it.
        whole: The plugin that knows whether the request was here before.
    """

    settings: BulkSettings
    steps: Sequence[OnBody]
    writes: Writes
    whole: OnWhole | None
    tally: Tally

    async def judge(self, request: Exchange, body: bytes, *, number: int) -> Record | Refusal | Cause:
        """What becomes of the record with that number of a request; a cause, where that is no fault of the record's."""
        exchange = _one(request, body, number=number)
        try:
            for step in self.steps:
                reply = await step.on_body(exchange)
                if reply is not None:
                    return judged(await _ended(reply, exchange))
            return self._record(exchange)
        except Exception as error:  # noqa: BLE001  # as in a chain: every failure becomes an answer, none passes
            return judged(reply_for(error, exchange))

    def _record(self, exchange: Exchange) -> Record:
        if exchange.endings:
            raise Unended(route=exchange.route)
        return self.writes.record(exchange)


class Unended(Exception):
    """A plugin wants to hear of the answer to a record that is written together with others; it must say `alone`."""

    def __init__(self, *, route: str) -> None:
        super().__init__(f"route {route}: a plugin has left an ending for one record of many")
        self.route = route


def judged(reply: Reply) -> Refusal | Cause:
    """An answer to a request, as the answer to one record of many; one that may be another later is no record's fault."""
    if reply.status == SERVICE_UNAVAILABLE:
        return of_reply(reply)
    return Refusal(status=reply.status, members=refused(reply))


async def _ended(reply: Reply, exchange: Exchange) -> Reply:
    for ending in reversed(exchange.endings):
        reply = await ending(reply)
    return reply


def _one(request: Exchange, body: bytes, *, number: int) -> Exchange:
    """The record by itself. What is issued for it is its own, and the same however often the request is tried."""
    unique = hashlib.blake2b(number.to_bytes(8, "big"), key=request.unique, digest_size=UNIQUE_BYTES).digest()
    return Exchange(
        route=request.route,
        method=request.method,
        path=request.path,
        query=request.query,
        params=request.params,
        headers=request.headers,
        claims=request.claims,
        unique=unique,
        received_at=request.received_at,
        trace_id=request.trace_id,
        span=request.span,
        upload=request.upload,
        body=body,
        identity=request.identity,
        id=request.id,
        extra=dict(request.extra),
        record_headers=list(request.record_headers),
    )
