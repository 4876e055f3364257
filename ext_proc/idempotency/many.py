"""A key over a request with many records: they are compared as they come, and each is stored once."""

from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass

from bus.ports import Bus
from ext_proc.bulk.digest import Digest
from ext_proc.bulk.marks import Marks
from ext_proc.bulk.opened import Opened
from ext_proc.bulk.past import Past, Segment
from ext_proc.idempotency.claimant import Attempt, Claimant
from ext_proc.idempotency.entry import Entry
from ext_proc.idempotency.recall import recall
from ext_proc.idempotency.table import Kept
from schemas.idempotency import Marked
from schemas.places import unpack
from schemas.signature import Signer

RENEWALS = 3
"""Signs of life within one lease."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Many:
    """What opens requests whose claim stands; without a `bus` nothing of an earlier one can be read."""

    claimant: Claimant
    kept: Kept
    signer: Signer
    bus: Bus | None

    def open(self, attempt: Attempt, *, every: int) -> Opened:
        """Goes on where the key's progress, if there is one, has come to."""
        entry = self.claimant.known(attempt)
        progress, digest = entry.progress if entry else None, Digest()
        past = None
        if entry is not None and progress is not None and self.bus is not None:
            segments = self._segments(self.bus, attempt, entry)
            past = Past(segments, lines=progress.lines, digest=digest)
        marks = Marks(
            _Log(self.claimant, attempt),
            every=every,
            pace=self.kept.terms.lease / 1000 / RENEWALS,
            after=progress.lines if progress else 0,
            digest=digest,
        )
        return Opened(past=past, marks=marks)

    async def _segments(self, bus: Bus, attempt: Attempt, entry: Entry) -> AsyncIterator[Segment]:
        async for said in recall(bus, kept=self.kept, signer=self.signer, name=attempt.name, entry=entry):
            yield Segment(digest=said.digest, places=unpack(said.places))


class _Log:
    """As `MarkLog`."""

    def __init__(self, claimant: Claimant, attempt: Attempt) -> None:
        self._claimant = claimant
        self._attempt = attempt

    def mark(self, *, start: int, lines: int, digest: bytes, places: str, ends: bool) -> Awaitable[object]:
        holder = self._attempt.holder
        said = Marked(holder=holder, start=start, lines=lines, digest=digest, places=places, ends=ends)
        return self._claimant.mark(self._attempt, said)

    def release(self) -> None:
        self._claimant.release(self._attempt)

    def mine(self) -> bool:
        entry = self._claimant.known(self._attempt)
        return entry is not None and entry.holder == self._attempt.holder
