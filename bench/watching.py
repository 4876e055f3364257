"""What a process that watches result streams is asked for, and what it found."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchJob:
    """One whole request for each stream."""

    port: int
    requests: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchResult:
    """Milliseconds from each event's `sent` to its bytes at the socket, and how many streams were lost."""

    latencies: Sequence[float]
    lost: int


class Found:
    """What all streams found so far."""

    def __init__(self) -> None:
        self.latencies: list[float] = []
        self._expected = 0
        self._whole = asyncio.Event()

    def add(self, milliseconds: float) -> None:
        """An event came."""
        self.latencies.append(round(milliseconds, 3))
        if len(self.latencies) == self._expected:
            self._whole.set()

    async def whole(self, expected: int, *, seconds: float) -> None:
        """Returns once so many have come, or the time is over."""
        self._expected = expected
        if len(self.latencies) < expected:
            async with asyncio.timeout(seconds):
                await self._whole.wait()
