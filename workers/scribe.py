"""Writes the records of a stage: on behalf of whoever asked for the one that they follow from."""

from dataclasses import dataclass
from datetime import datetime

from bus.records import Received, Record
from runtime.clock import Clock
from runtime.tracing.context import PARENT, STATE
from runtime.tracing.current import current
from schemas.envelope import Caller, Envelope, Trace
from schemas.signature import Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A record yet without its envelope. `id` is the same for the same event, so that a duplicate can be told.

    `tier` says whether the caller's tier is repeated in the header `tier`, by which results are filtered.
    """

    topic: str
    type: str
    id: str
    body: bytes | None
    content_type: str = "application/json"
    partition_key: bytes | None = None
    tier: bool = False


class Scribe:
    """Signs for one stage; the identity, the trace and the key are those of the record in hand, never the body's."""

    def __init__(self, *, stage: str, signer: Signer, clock: Clock) -> None:
        self._source = f"/sluice/{stage}"
        self._signer = signer
        self._clock = clock

    def record(self, origin: Received, draft: Draft) -> Record:
        """The record that follows from `origin`, with the same key."""
        key = origin.key or b""
        envelope = self._envelope(origin, draft)
        headers = envelope.headers(topic=draft.topic, key=key, body=draft.body or b"", signer=self._signer)
        if draft.tier:
            headers = (*headers, ("tier", envelope.caller.tier.encode()))
        return Record(topic=draft.topic, key=key, value=draft.body, headers=headers, partition_key=draft.partition_key)

    def _envelope(self, origin: Received, draft: Draft) -> Envelope:
        return Envelope(
            id=draft.id,
            source=self._source,
            type=draft.type,
            time=self._clock.now_ms(),
            caller=caller_of(origin),
            trace=_trace(origin),
            idempotency_key=origin.header("idempotency-key") or "",
            content_type=draft.content_type,
        )


def _trace(origin: Received) -> Trace:
    """The work at hand, where that is traced; else what the record in hand had handed on."""
    context = current().context
    if context is not None:
        return Trace(parent=context.parent, state=context.state)
    return Trace(parent=origin.header(PARENT) or "", state=origin.header(STATE) or "")


def caller_of(record: Received) -> Caller:
    """On whose behalf the record was written."""
    return Caller(
        user_id=record.header("user-id") or "",
        tier=record.header("user-tier") or "",
        scope=record.header("scope") or "",
    )


def type_of(record: Record) -> str:
    """The record's `ce_type`."""
    return dict(record.headers).get("ce_type", b"").decode("utf-8", "replace")


def written_at(record: Record) -> int:
    """The record's `ce_time`, in ms since the epoch."""
    return round(datetime.fromisoformat(dict(record.headers)["ce_time"].decode()).timestamp() * 1000)
