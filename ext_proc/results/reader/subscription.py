"""What the processor has decided about a reader, on its way through Envoy to the results server.

Envoy strips every `x-gateway-` header that a client sends; this one crosses a unix socket.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter

from ext_proc.exchange import Ticket

HEADER = "x-gateway-subscription"

Start = Literal["earliest", "latest"] | int


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A record is shown only if its header of that name has one of these values."""

    header: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One reader of one topic, or of one key of it.

    Attributes:
        topic: Where the events are.
        key: The record key that is followed; `None` for every key of every partition.
        partition_key: What chose the key's partition, where that is not the key.
        user_id: The reader.
        tier: The reader's tier.
        view: What is answered: a stream of the events, or what they come to.
        query_id: The id as the client knows it; empty where the key is no id.
        owner: Only records whose `user-id` is the reader's are shown.
        signed: Only records that Sluice has signed are shown.
        filters: Every one of them must let a record pass.
        start: Where a new reader begins; a number is a time in ms since the epoch.
        since: Nothing of this key is older (ms since the epoch); `None` where that is not known.
        known_by: A topic whose records prove that the key exists, besides `topic` itself; empty for none.
        missing: What to do for a key that nobody has seen: answer 404, or wait for it.
        unseen: Seconds after which a stream of a key that still nobody has seen is ended; 0 for never.
        only: Names of the events that are shown, the server's own included; empty for all.
        named: Events carry their names; else all are what EventSource calls `message`.
        ends: The stream ends with its terminal event.
        challenge: A reader whose token ends soon is told how to bring a fresh one, whatever else it is shown.
        expires: When the reader's token ends, in seconds since the epoch; 0 where it does not.
        ticket: The one-use ticket that must be spent before anything is shown; `None` for none.
        answers: A topic that holds the last event of a key for longer than `topic` does; empty for none.
        wait: The longest time, in seconds, that a client may have its answer held back until there is news.
    """

    topic: str
    key: str | None
    partition_key: str | None = None
    user_id: str
    tier: str
    view: Literal["stream", "status"] = "stream"
    query_id: str = ""
    owner: bool = True
    signed: bool = True
    filters: tuple[Filter, ...] = ()
    start: Start = "earliest"
    since: int | None = None
    known_by: str = ""
    missing: Literal["not-found", "wait"] = "not-found"
    unseen: float = 0.0
    only: tuple[str, ...] = ()
    named: bool = True
    ends: bool = True
    challenge: bool = False
    expires: float = 0.0
    ticket: Ticket | None = None
    answers: str = ""
    wait: int = 0

    @property
    def partition_name(self) -> bytes:
        """What chooses the key's partition."""
        return (self.partition_key if self.partition_key is not None else self.key or "").encode()

    def headers(self) -> list[tuple[str, str]]:
        """As a request header, without what is as usual: it is held as long as the stream is open."""
        return [(HEADER, base64.urlsafe_b64encode(_JSON.dump_json(self, exclude_defaults=True)).decode())]

    @staticmethod
    def parse(headers: Mapping[str, str]) -> "Subscription":
        """The subscription in a request's headers.

        Raises:
            NotFromGateway: There is none, so the request did not come through the processor.
            ValueError: It is not as `headers` writes it.
        """
        text = headers.get(HEADER)
        if text is None:
            raise NotFromGateway(header=HEADER)
        return _JSON.validate_json(base64.urlsafe_b64decode(text))


class NotFromGateway(Exception):
    """A request reached the results server without the processor's header."""

    def __init__(self, *, header: str) -> None:
        super().__init__(f"the request has no {header}")
        self.header = header


_JSON = TypeAdapter(Subscription)
