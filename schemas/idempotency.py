"""What is written to the topic of idempotency keys: who answers a request, and what became of that.

The kind is in the body, because the signature covers that and not the headers: no record can be taken for one of another kind.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import orjson

from schemas.errors import Malformed


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What the first request with a key was, so that whatever is issued for it is the same however often it is tried.

    Attributes:
        fingerprint: Of what was asked; another request under the same key has another one.
        unique: 24 bytes that what is issued is made from.
        received_at: When it came, in ms since the epoch.
        issuer: Names the key that what is issued is made with; empty where that was not written down.
    """

    fingerprint: bytes
    unique: bytes
    received_at: int
    issuer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Where the request's record lies; `timestamp` is in ms since the epoch."""

    topic: str
    partition: int
    offset: int
    timestamp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A request (`holder`) says that it goes about it."""

    type: ClassVar[str] = "sluice.idempotency.claimed.v1"
    holder: bytes
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Fulfilled:
    """It has written its record, and everybody who comes later gets that answer."""

    type: ClassVar[str] = "sluice.idempotency.fulfilled.v1"
    holder: bytes
    origin: Origin
    written: Written


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """It was refused, or has failed; whoever comes next may try."""

    type: ClassVar[str] = "sluice.idempotency.released.v1"
    holder: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """Of a request with many records, those up to and with `lines` are settled.

    Attributes:
        start: How many were settled by the mark before.
        digest: Of all lines so far.
        places: Where the records of those after `start` lie, as `schemas.places` packs them.
        ends: The holder does no more; whoever comes next with the same request goes on from here.
    """

    type: ClassVar[str] = "sluice.idempotency.marked.v1"
    holder: bytes
    start: int
    lines: int
    digest: bytes
    places: str
    ends: bool


Said = Claimed | Fulfilled | Released | Marked


def encode_idempotency(said: Said) -> bytes:
    """One line of JSON."""
    document: dict[str, Any] = {"type": said.type, "holder": said.holder.hex()}
    if isinstance(said, Marked):
        document |= {"start": said.start, "lines": said.lines, "digest": said.digest.hex()}
        document |= {"places": said.places, "ends": said.ends}
    elif not isinstance(said, Released):
        origin = said.origin
        document |= {
            "fingerprint": origin.fingerprint.hex(),
            "unique": origin.unique.hex(),
            "received_at": origin.received_at,
            "issuer": origin.issuer,
        }
    if isinstance(said, Fulfilled):
        document["written"] = said.written
    return orjson.dumps(document)


def decode_idempotency(body: bytes) -> Said | None:
    """What a body says; `None` for another type, which some later version may know.

    Raises:
        Malformed: The body is none, or not as its type has it.
    """
    try:
        document = orjson.loads(body)
        match document["type"]:
            case Claimed.type:
                return Claimed(holder=bytes.fromhex(document["holder"]), origin=_origin(document))
            case Fulfilled.type:
                holder, written = bytes.fromhex(document["holder"]), document["written"]
                return Fulfilled(holder=holder, origin=_origin(document), written=_written(written))
            case Released.type:
                return Released(holder=bytes.fromhex(document["holder"]))
            case Marked.type:
                return _marked(document)
    except (ValueError, KeyError, TypeError) as error:
        raise Malformed(what="idempotency record", reason="it is not JSON of the declared form") from error
    return None


def _marked(document: dict[str, Any]) -> Marked:
    match document:
        case {
            "holder": str(holder),
            "start": int(start),
            "lines": int(lines),
            "digest": str(digest),
            "places": str(places),
            "ends": bool(ends),
        } if 0 <= start <= lines:
            return Marked(
                holder=bytes.fromhex(holder),
                start=start,
                lines=lines,
                digest=bytes.fromhex(digest),
                places=places,
                ends=ends,
            )
    raise TypeError


def _origin(document: dict[str, Any]) -> Origin:
    match document:
        case {"fingerprint": str(fingerprint), "unique": str(unique), "received_at": int(received_at)}:
            return Origin(
                fingerprint=bytes.fromhex(fingerprint),
                unique=bytes.fromhex(unique),
                received_at=received_at,
                issuer=str(document.get("issuer", "")),
            )
    raise TypeError


def _written(document: dict[str, Any]) -> Written:
    match document:
        case {"topic": str(topic), "partition": int(partition), "offset": int(offset), "timestamp": int(timestamp)}:
            return Written(topic=topic, partition=partition, offset=offset, timestamp=timestamp)
    raise TypeError
