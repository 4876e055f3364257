"""A contender with its readers and its writer, each in a process of its own."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass

from bench.errors import Unmeasured
from bench.helper import Helper
from bench.peer.log import Log
from bench.processes import CpuMeter, Memory, memory
from bench.streams import keys as issuing
from bench.streams import records
from bench.streams.contenders import Streaming
from bench.streams.job import Opened, Watched, WatchJob, WriteJob, Writing, Written
from bus.partitioner import partition_of
from local.system import System
from schemas.signature import Signer

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


class Crowd:
    """The readers and the writer of one contender."""

    def __init__(
        self,
        contender: Streaming,
        *,
        keys: Sequence[issuing.Key],
        requests: Sequence[str],
        watcher: Helper,
        writer: Helper,
    ) -> None:
        self.contender = contender
        self.open = 0
        self._keys = keys
        self._requests = requests
        self._watcher = watcher
        self._writer = writer

    async def grow(self, streams: int) -> None:
        """Opens streams until there are so many.

        Raises:
            Unmeasured: One was refused.
        """
        while self.open < streams:
            some = self._requests[self.open : min(self.open + OPENED_AT_ONCE, streams)]
            opened = Opened(**await self._watcher.go(some))
            if opened.refused:
                what = f"{streams} streams of {self.contender.name}"
                reason = f"stream {opened.open + 1} was answered {opened.refused!r}; fewer may do: --streams, --quiet"
                raise Unmeasured(what=what, reason=reason)
            self.open = opened.open

    async def spell(self, count: int, *, rate: float | None, streams: int) -> Spell:
        """Writes events to the first streams, in turn, and returns when all have come.

        Raises:
            Unmeasured: An event did not come, or came twice, or a stream was lost.
        """
        meter = CpuMeter(self.contender.pids)
        written = await self._write(Writing(count=count, rate=rate, to=range(streams)))
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
        await self._write(Writing(count=count, rate=rate, to=()))
        await self._write(Writing(count=len(last), rate=None, to=last))
        await self._watch(len(last))
        return meter.read()

    def memory(self) -> dict[str, Memory]:
        """What each process of the contender holds now."""
        return {name: memory(pid) for name, pid in self.contender.pids.items()}

    async def _write(self, what: Writing) -> Written:
        told = asdict(what) | {"to": list(what.to)}
        return Written(**await self._writer.go(told))

    async def _watch(self, count: int) -> Watched:
        watched = Watched(**await self._watcher.go(count))
        if watched.lost or len(watched.latencies) != count:
            came = f"{len(watched.latencies)} of {count} events came, and {watched.lost} streams were lost"
            what = f"{self.open} streams of {self.contender.name}"
            raise Unmeasured(what=what, reason=f"{came}; on a busy machine, run it again later or with fewer --streams")
        return watched

    def _one_in_each(self, partitions: int) -> list[int]:
        found: dict[int, int] = {}
        for number, key in enumerate(self._keys[: self.open]):
            found.setdefault(partition_of(key.value.encode(), partitions), number)
        return list(found.values())


@asynccontextmanager
async def gathered(system: System, contender: Streaming, *, most: int) -> AsyncIterator[Crowd]:
    """A crowd for at most so many streams, of which none is open yet."""
    gateway = system.gateway
    secret = gateway.keys.records.get_secret_value()
    keys = issuing.issue(most, secret=gateway.keys.ids.get_secret_value())
    if contender.questions:
        await _ask(keys, bootstrap=system.kafka_bootstrap, topic=contender.questions, signer=Signer(secret))
    owned = [(key.value, key.owner) for key in keys]
    job = WriteJob(bootstrap=system.kafka_bootstrap, topic=contender.topic, secret=secret, keys=owned)
    requests = issuing.requests(keys, signing=system.keys.signing, port=contender.port)
    async with AsyncExitStack() as stack:
        watcher = await stack.enter_async_context(Helper("bench.streams.watch", WatchJob(port=contender.port)))
        writer = await stack.enter_async_context(Helper("bench.streams.write", job))
        yield Crowd(contender, keys=keys, requests=requests, watcher=watcher, writer=writer)


async def _ask(keys: Sequence[issuing.Key], *, bootstrap: str, topic: str, signer: Signer) -> None:
    async with Log(bootstrap=bootstrap, topic=topic) as log:
        sent = []
        for number, key in enumerate(keys):
            name = key.value.encode()
            body, headers = records.question(topic=topic, key=name, owner=key.owner, number=number, signer=signer)
            sent.append(await log.send(key=name, value=body, headers=headers))
        for each in sent:
            await each
