"""What becomes of a request with a key, by what is known of the key."""

from dataclasses import dataclass

from ext_proc.idempotency.entry import Entry
from schemas.idempotency import Origin, Written


@dataclass(frozen=True, slots=True, kw_only=True)
class Go:
    """The request is to be carried out, as `origin`. `taken_over`: another has tried before it."""

    origin: Origin
    taken_over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """It was carried out. `again`: by another request, so that this one is a retry."""

    origin: Origin
    written: Written
    again: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InFlight:
    """Another request is about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherPayload:
    """The key belongs to another request."""


Verdict = Go | Replay | InFlight | OtherPayload


def judge(entry: Entry, *, holder: bytes, asked: Origin) -> Verdict:
    """The verdict on a request whose own claim is known to be among what `entry` comes from."""
    if entry.written is not None:
        if entry.origin.fingerprint != asked.fingerprint:
            return OtherPayload()
        return Replay(origin=entry.origin, written=entry.written, again=entry.holder != holder)
    if entry.holder == holder and not entry.released:
        return Go(origin=entry.origin, taken_over=entry.origin.unique != asked.unique)
    return InFlight() if entry.origin.fingerprint == asked.fingerprint else OtherPayload()
