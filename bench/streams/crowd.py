"""A contender with its readers and its writer, each in a process of its own."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Protocol

from bench.errors import Unmeasured
from bench.helper import Helper
from bench.processes import CpuMeter, Memory, memory
from bench.streams.asking import Asked, Asking
from bench.streams.contenders import Streaming
from bench.streams.job import Opened, Watched, WatchJob, WriteJob, Writing, Written
from bus.partitioner import partition_of
from local.system import System

OPENED_AT_ONCE = 500
"""Streams of one word to the watcher."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """What one spell of writing came to.

    Attributes:
        latencies: Milliseconds from before a record was handed to the producer to its bytes at the client's socket.
        seconds: From the first event's arrival to the last's.
        late: Milliseconds by which the writer was behind its rate, record by record.
        cpu: Seconds by process.
    """

    events: int
    latencies: Sequence[float]
    seconds: float
    late: Sequence[float]
    cpu: dict[str, float]


class Asks(Protocol):
    """Makes the requests for streams."""

    async def ask(self, count: int) -> list[Asked]:
        """So many, each for a stream that the contender will open."""


class Crowd:
    """The readers and the writer of one contender."""

    def __init__(self, contender: Streaming, *, asking: Asks, watcher: Helper, writer: Helper | None) -> None:
        self.contender = contender
        self._asking = asking
        self._asked: list[Asked] = []
        self._watcher = watcher
        self._writer = writer

    @property
    def open(self) -> int:
        """Streams that are open."""
        return len(self._asked)

    async def grow(self, streams: int) -> None:
        """Opens streams until there are so many.

        Raises:
            Unmeasured: One was refused.
        """
        while self.open < streams:
            asked = await self._asking.ask(min(OPENED_AT_ONCE, streams - self.open))
            opened = Opened(**await self._watcher.go([each.request for each in asked]))
            if opened.refused:
                what = f"{streams} streams of {self.contender.name}"
                reason = f"stream {opened.open + 1} was answered {opened.refused!r}; fewer may do: --streams, --quiet"
                raise Unmeasured(what=what, reason=reason)
            self._asked += asked

    async def spell(self, count: int, *, rate: float | None, streams: int) -> Spell:
        """Writes events to the first streams, in turn, and returns when all have come.

        Raises:
            Unmeasured: An event did not come, or came twice, or a stream was lost.
        """
        meter = CpuMeter(self.contender.pids)
        written = await self._write(Writing(count=count, rate=rate, to=_keys(self._asked[:streams])))
        watched = await self._watch(count)
        return Spell(
            events=count,
            latencies=watched.latencies,
            seconds=watched.seconds,
            late=written.late,
            cpu=meter.read(),
        )

    async def unwatched(self, count: int, *, rate: float, partitions: int) -> dict[str, float]:
        """CPU seconds by process while records that nobody watches go by.

        One record for a stream in each partition follows them: when those have come, the others have gone by.

        Raises:
            Unmeasured: As `spell`.
        """
        last = self._one_in_each(partitions)
        meter = CpuMeter(self.contender.pids)
        await self._write(Writing(count=count, rate=rate))
        await self._write(Writing(count=len(last), rate=None, to=_keys(last)))
        await self._watch(len(last))
        return meter.read()

    def memory(self) -> dict[str, Memory]:
        """What each process of the contender holds now."""
        return {name: memory(pid) for name, pid in self.contender.pids.items()}

    async def _write(self, what: Writing) -> Written:
        if self._writer is None:
            raise Unmeasured(what=self.contender.name, reason="nobody writes events for its streams")
        return Written(**await self._writer.go(asdict(what)))

    async def _watch(self, count: int) -> Watched:
        watched = Watched(**await self._watcher.go(count))
        if watched.lost or len(watched.latencies) != count:
            came = f"{len(watched.latencies)} of {count} events came, and {watched.lost} streams were lost"
            what = f"{self.open} streams of {self.contender.name}"
            raise Unmeasured(what=what, reason=f"{came}; on a busy machine, run it again later or with fewer --streams")
        return watched

    def _one_in_each(self, partitions: int) -> list[Asked]:
        found: dict[int, Asked] = {}
        for each in self._asked:
            found.setdefault(partition_of(each.key.value.encode(), partitions), each)
        return list(found.values())


def _keys(asked: Sequence[Asked]) -> list[tuple[str, str]]:
    return [(each.key.value, each.key.owner) for each in asked]


@asynccontextmanager
async def gathered(system: System, contender: Streaming) -> AsyncIterator[Crowd]:
    """A crowd of one of ours, or of its peer, that has no stream open yet."""
    secret = system.gateway.keys.records.get_secret_value()
    writing = WriteJob(bootstrap=system.kafka_bootstrap, topic=contender.topic, secret=secret)
    async with crowd(contender, Asking(system, contender), watching=WatchJob(at=contender.at), writing=writing) as made:
        yield made


@asynccontextmanager
async def crowd(
    contender: Streaming, asking: Asks, *, watching: WatchJob, writing: WriteJob | None
) -> AsyncIterator[Crowd]:
    """A crowd that has no stream open yet; without a writer its streams can be opened and held, and nothing more."""
    async with AsyncExitStack() as stack:
        watcher = await stack.enter_async_context(Helper("bench.streams.watch", watching))
        writer = await stack.enter_async_context(Helper("bench.streams.write", writing)) if writing else None
        yield Crowd(contender, asking=asking, watcher=watcher, writer=writer)
