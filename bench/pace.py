"""When the next request is due."""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Protocol


class Sends(Protocol):
    """A connection that is free, and takes one request."""

    def send(self, *, due: float) -> None:
        """Sends the next request, which was due at that time of the loop's clock."""


class Closed:
    """Every connection sends its next request when it has the answer to its last: as much as the server can take."""

    def __init__(self, *, seconds: float) -> None:
        self._seconds = seconds
        self._until = 0.0
        self._busy = 0
        self._ended = asyncio.Event()

    async def run(self, connections: Sequence[Sends]) -> None:
        """Returns with the last answer."""
        now = asyncio.get_running_loop().time()
        self._until, self._busy = now + self._seconds, len(connections)
        for connection in connections:
            connection.send(due=now)
        await self._ended.wait()

    def free(self, connection: Sends | None) -> None:
        """Called with each answer; `None` where the connection is lost."""
        now = asyncio.get_running_loop().time()
        if connection is not None and now < self._until:
            connection.send(due=now)
            return
        self._busy -= 1
        if not self._busy:
            self._ended.set()


class Open:
    """Requests are due at a fixed rate, whether or not the server keeps up.

    One that waits for a free connection was due all the same: its wait is part of its latency, so that a server that
    stalls is not spared the requests of that time (no coordinated omission).
    """

    def __init__(self, *, seconds: float, rate: float) -> None:
        self._count = max(round(seconds * rate), 1)
        self._rate = rate
        self._idle: deque[Sends] = deque()
        self._waiting: deque[float] = deque()  # bounded by the number of requests of the job
        self._begun = self._answered = self._alive = 0
        self._start = 0.0
        self._ended = asyncio.Event()

    async def run(self, connections: Sequence[Sends]) -> None:
        """Returns with the last answer."""
        self._idle.extend(connections)
        self._alive = len(connections)
        self._start = asyncio.get_running_loop().time()
        self._tick()
        await self._ended.wait()

    def free(self, connection: Sends | None) -> None:
        """Called with each answer; `None` where the connection is lost."""
        self._answered += 1
        self._alive -= connection is None
        if self._answered == self._count or not self._alive:
            self._ended.set()
        elif connection is not None and self._waiting:
            connection.send(due=self._waiting.popleft())
        elif connection is not None:
            self._idle.append(connection)

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        while self._begun < self._count and (due := self._start + self._begun / self._rate) <= loop.time():
            self._begun += 1
            if self._idle:
                # The one that was idle for longest: no connection is idle until the server closes it.
                self._idle.popleft().send(due=due)
            else:
                self._waiting.append(due)
        if self._begun < self._count:
            loop.call_at(self._start + self._begun / self._rate, self._tick)


Pace = Closed | Open
