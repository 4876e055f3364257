"""The latest records, each encoded once, and read by as many as like to.

There is no queue for a reader: each has a place in what is kept, and who is too slow for it has missed what was forgotten.
So a thousand readers cost no more memory than one, and the slowest of them holds up nobody.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from runtime.clock import Clock

RECORDS, BYTES = 5000, 16 * 1024 * 1024
"""How much is kept, whichever is reached first. Policy: the oldest are forgotten."""

BATCH = 64 * 1024
"""Bytes that a reader is given at once, or one frame where that is longer."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One record: its place among all that have ever passed, its frame, and when it passed, in monotonic seconds."""

    number: int
    frame: bytes
    passed: float


@dataclass(frozen=True, slots=True)
class Portion:
    """What a reader is given: how many it has missed, the frames that follow, and its next place."""

    lost: int
    frames: Sequence[bytes]
    place: int


class Log:
    """What has passed lately."""

    def __init__(self, *, clock: Clock, records: int = RECORDS, size: int = BYTES) -> None:
        self._clock = clock
        self._records = records
        self._size = size
        self._kept: deque[Kept] = deque()
        self._bytes = 0
        self._end = 0
        self._changed = asyncio.Event()
        self.closed = False

    @property
    def end(self) -> int:
        """The place of the next record that will pass."""
        return self._end

    def add(self, frames: Sequence[bytes]) -> None:
        """These have passed, in this order."""
        now = self._clock.monotonic()
        for frame in frames:
            self._kept.append(Kept(self._end, frame, now))
            self._bytes += len(frame)
            self._end += 1
        while len(self._kept) > self._records or self._bytes > self._size:
            self._bytes -= len(self._kept.popleft().frame)
        self._wake()

    def close(self) -> None:
        """Tells all readers to leave."""
        self.closed = True
        self._wake()

    def since(self, seconds: float) -> int:
        """The place of the first one kept that has passed within so many seconds."""
        earliest = self._clock.monotonic() - seconds
        return next((kept.number for kept in self._kept if kept.passed >= earliest), self._end)

    def read(self, place: int) -> Portion:
        """What stands at that place and behind it, as much as one should be given at once."""
        first = self._end - len(self._kept)
        lost = max(0, first - place)
        frames: list[bytes] = []
        start, size = place + lost, 0
        for index in range(start - first, len(self._kept)):
            frame = self._kept[index].frame
            if frames and size + len(frame) > BATCH:
                break
            frames.append(frame)
            size += len(frame)
        return Portion(lost, frames, start + len(frames))

    async def beyond(self, place: int) -> None:
        """Returns once something stands at that place, or the log is closed."""
        while self._end <= place and not self.closed:
            await self._changed.wait()

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
