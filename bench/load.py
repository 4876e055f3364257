"""`python -m bench.load`: a process that sends requests over raw sockets and takes the time of their answers.

It costs less than any of the servers it measures, and reports how busy it was. It selects by `select(2)`, whose timeout
is in microseconds: by `epoll` and in uvloop a timer is up to a millisecond late, which would be measured as latency.
"""

import asyncio
import selectors
import time
from collections import Counter
from typing import cast

from bench.helper import hear, say
from bench.http1 import Answers, in_turn
from bench.job import LoadJob, LoadResult
from bench.pace import Closed, Open, Pace

GRACE_SECONDS = 30.0


class Load:
    """One job under way."""

    def __init__(self, job: LoadJob) -> None:
        self._requests = in_turn(job.requests)
        self._statuses: Counter[str] = Counter()
        self._latencies: list[float] = []
        self._late: list[float] = []
        self._job = job
        self._connections: list[Connection] = []
        self._pace: Pace = Closed(seconds=job.seconds) if job.rate is None else Open(seconds=job.seconds, rate=job.rate)

    async def connect(self) -> None:
        """Opens every connection."""
        loop = asyncio.get_running_loop()
        at = self._job.at
        for _ in range(self._job.connections):
            _, connection = await loop.create_connection(lambda: Connection(self), at.host, at.port, ssl=at.context())
            self._connections.append(connection)

    async def run(self) -> LoadResult:
        """Sends, and returns once all is answered."""
        cpu, start = time.process_time(), time.perf_counter()
        async with asyncio.timeout(self._job.seconds + GRACE_SECONDS):
            await self._pace.run(self._connections)
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        for connection in self._connections:
            connection.close()
        return LoadResult(
            seconds=seconds,
            statuses=dict(self._statuses),
            latencies=self._latencies,
            late=self._late,
            cpu=cpu,
            replayed=sum(connection.replayed for connection in self._connections),
        )

    def next_request(self) -> bytes:
        """The requests of the job, in turn."""
        return next(self._requests)

    def sent(self, *, late: float) -> None:
        """A request was written so many seconds after it was due."""
        self._late.append(round(late * 1000, 3))

    def answered(self, connection: "Connection", *, status: int, after: float) -> None:
        """An answer came so many seconds after its request was due."""
        self._statuses[str(status)] += 1
        self._latencies.append(round(after * 1000, 3))
        self._pace.free(connection)

    def lost(self) -> None:
        """A connection ended under a request."""
        self._statuses["lost"] += 1
        self._pace.free(None)


class Connection(asyncio.Protocol):
    """One connection, with at most one request at a time."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._answers = Answers()
        self._time = asyncio.get_running_loop().time
        self._transport: asyncio.Transport | None = None
        self._due: float | None = None

    @property
    def replayed(self) -> int:
        """Answers that said so."""
        return self._answers.replayed

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self._transport = cast(asyncio.Transport, transport)

    def send(self, *, due: float) -> None:
        """Sends the next request of the job."""
        if self._transport is None:
            self._load.lost()
            return
        self._due = due
        self._transport.write(self._load.next_request())
        self._load.sent(late=self._time() - due)

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        for status in self._answers.feed(data):
            if self._due is not None:
                after, self._due = self._time() - self._due, None
                self._load.answered(self, status=status, after=after)

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by asyncio."""
        self._transport = None
        if self._due is not None:
            self._due = None
            self._load.lost()

    def close(self) -> None:
        """Ends it."""
        if self._transport:
            self._transport.abort()


async def main() -> None:
    """Takes one job and reports its result."""
    load = Load(LoadJob.told(await hear()))
    await load.connect()
    say("ready")
    await hear()
    say(await load.run())


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())) as runner:
        runner.run(main())
