"""What is written to the topic of sessions: that a ticket is spent, and that a caller's streams may go on."""

from dataclasses import asdict, dataclass
from typing import ClassVar

import orjson

from schemas.events import decode


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketSpent:
    """A request (`holder`) says that it spends the ticket that is the record's key. Times are in ms since the epoch."""

    type: ClassVar[str] = "sluice.ticket.spent.v1"
    holder: str
    issued_at: int
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamRenewed:
    """The record's user may go on reading this key (`null`: the whole topic) until `expires`, in seconds; 0 is no end."""

    type: ClassVar[str] = "sluice.stream.renewed.v1"
    topic: str
    key: str | None
    expires: float


Session = TicketSpent | StreamRenewed


def encode_session(session: Session) -> bytes:
    """One line of JSON."""
    return orjson.dumps(asdict(session))


def decode_session(ce_type: str, body: bytes) -> Session | None:
    """What a record of that type says; `None` for another type, which some later version may know.

    Raises:
        ValueError: The body is not of its type.
        TypeError: As above.
    """
    if ce_type not in {TicketSpent.type, StreamRenewed.type}:
        return None
    match ce_type, decode(body):
        case TicketSpent.type, {"holder": str(holder), "issued_at": int(issued_at), "until": int(until)}:
            return TicketSpent(holder=holder, issued_at=issued_at, until=until)
        case StreamRenewed.type, {
            "topic": str(topic),
            "key": str() | None as key,
            "expires": int() | float() as expires,
        }:
            return StreamRenewed(topic=topic, key=key, expires=expires)
    msg = f"the body is no {ce_type}"
    raise TypeError(msg)
