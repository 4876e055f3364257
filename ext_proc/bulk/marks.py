"""How far an upload with an Idempotency-Key is, written down as it goes."""

import asyncio
from collections.abc import Awaitable
from typing import Protocol

from bus.errors import BusFull
from bus.records import Receipt
from ext_proc.bulk.digest import Digest
from ext_proc.bulk.past import Place
from ext_proc.bulk.splitter import Line
from schemas.places import pack

LARGEST = 1024 * 1024  # bytes of the lines between two marks: a retry has to hold as much
FULL_WAIT = 0.01


class Lost(Exception):
    """Another goes on with this upload."""


class MarkLog(Protocol):
    """Where marks are written."""

    def mark(self, *, start: int, lines: int, digest: bytes, places: str, ends: bool) -> Awaitable[object]:
        """Writes that lines up to and with `lines` are settled, of which those after `start` lie in `places`.

        Raises:
            BusError: Kafka did not take it.
        """

    def release(self) -> None:
        """Lets others try: nothing of this upload was stored."""

    def mine(self) -> bool:
        """Whether nobody else has taken the key over, as far as is known."""


class Marks:
    """Made for one upload. Marks are written one after another, so that each is a step from the one before.

    A mark is also a sign of life: for as long as they come at its `pace`, nobody takes the upload over.
    """

    def __init__(self, log: MarkLog, *, every: int, pace: float, after: int, digest: Digest) -> None:
        self.pace = pace
        self.lost = False
        self._log = log
        self._every = every
        self._marked = after
        self._digest = digest
        self._places: list[Place | None] = []
        self._size = 0
        self._writing: asyncio.Future[object] | None = None

    def settled(self, number: int, line: Line, receipt: Receipt | None) -> bool:
        """The line of that number is answered, and stored where there is a receipt; says whether a mark is due."""
        if number <= self._marked:
            return False
        self._digest.add(line)
        self._places.append((receipt.partition, receipt.offset) if receipt else None)
        self._size += len(line or b"")
        return len(self._places) >= self._every or self._size >= LARGEST

    async def write(self, *, ends: bool = False) -> None:
        """Begins to write a mark, once the one before is written.

        Raises:
            Lost: Another goes on.
            BusError: Kafka did not take the one before.
        """
        await self._written()
        places, self._places, self._size = self._places, [], 0
        start = self._marked
        self._marked += len(places)
        while self._writing is None:
            try:
                self._writing = asyncio.ensure_future(
                    self._log.mark(
                        start=start, lines=self._marked, digest=self._digest.value(), places=pack(places), ends=ends
                    )
                )
            except BusFull:
                await asyncio.sleep(FULL_WAIT)

    async def renew(self) -> None:
        """A sign of life, with what there is."""
        await self.write()

    async def end(self) -> None:
        """Returns once it is written how far the upload came, and anybody may go on with it.

        Raises:
            Lost: As above.
            BusError: As above.
        """
        if self._marked == 0 and not any(self._places) and self._writing is None:
            self._log.release()
            return
        await self.write(ends=True)
        await self._written()

    async def _written(self) -> None:
        if self._writing is not None:
            writing, self._writing = self._writing, None
            await writing
        if not self._log.mine():
            self.lost = True
            raise Lost
