"""What the processes that write records and watch streams are asked for, and what they found."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from bench.address import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchJob:
    """Where the streams are.

    Attributes:
        opened: What a stream's first bytes hold once it is open.
    """

    at: Address
    opened: str = "event: queued"

    @classmethod
    def told(cls, job: Mapping[str, Any]) -> Self:
        """The job that has travelled as JSON."""
        return cls(**{**job, "at": Address(**job["at"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """How many streams are open, and what the first that was refused was answered."""

    open: int
    refused: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What came since the last reading.

    Attributes:
        latencies: Milliseconds from each event's `sent` to its bytes at the socket.
        seconds: From the first of them to the last.
        lost: Streams that have ended since they were opened.
    """

    latencies: Sequence[float]
    seconds: float
    lost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteJob:
    """Where records are written, and what signs them."""

    bootstrap: str
    topic: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """Some records.

    Attributes:
        count: How many.
        rate: How many a second; `None` for as many as Kafka takes.
        to: The keys that they are for, in turn, and each one's owner; none for keys that nobody knows.
    """

    count: int
    rate: float | None
    to: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Milliseconds by which the writer was late, record by record, and seconds of CPU that it used."""

    late: Sequence[float]
    cpu: float


class Found:
    """What all streams have found since the last reading."""

    def __init__(self) -> None:
        self._latencies: list[float] = []
        self._first = self._last = 0.0
        self._expected = 0
        self._whole = asyncio.Event()

    def __len__(self) -> int:
        return len(self._latencies)

    def add(self, milliseconds: float, *, at: float) -> None:
        """An event came, at that time in seconds."""
        self._first = self._first if self._latencies else at
        self._last = at
        self._latencies.append(round(milliseconds, 3))
        if len(self._latencies) == self._expected:
            self._whole.set()

    async def whole(self, expected: int, *, seconds: float) -> None:
        """Returns once so many have come.

        Raises:
            TimeoutError: Nothing came for so many seconds.
        """
        self._expected = expected
        self._whole.clear()
        while len(self._latencies) < expected:
            before = len(self._latencies)
            try:
                await asyncio.wait_for(self._whole.wait(), seconds)
            except TimeoutError:
                if len(self._latencies) == before:
                    raise

    def read(self, *, lost: int) -> Watched:
        """What came, which is then forgotten."""
        watched = Watched(latencies=self._latencies, seconds=self._last - self._first, lost=lost)
        self._latencies, self._expected = [], 0
        return watched
