"""Brings every record of the followed topics to the hub: one tail for all readers, however many they are.

It starts a little in the past, so that a process that has just started already holds what the readers of its
predecessor come back for.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from bus.errors import BusError, OffsetOutOfRange
from bus.ports import Bus, Tail
from bus.records import Partition, Received
from ext_proc.load import reports
from ext_proc.results.live.hub import Hub
from ext_proc.results.live.sessions import WINDOW, Sessions
from ext_proc.results.live.topics import Topics
from runtime.clock import Clock
from runtime.metrics import ResultsMetrics

WARM = 60_000  # ms of results that a starting process reads
WARM_PROOFS = 600_000  # ms of proofs: a query may wait longer for its answer than a reader for its stream
BACKOFF = 1.0  # seconds between tries while Kafka does not answer

_log = logging.getLogger("sluice.results")


class Hears(Protocol):
    """Whoever is brought the records of one of the topics, besides the hub."""

    def begin(self, partition: Partition, *, offset: int) -> None:
        """`partition` is followed from `offset` on."""

    def positions(self) -> Mapping[Partition, int]:
        """The next offset expected of each partition of its topic."""

    def push(self, records: Sequence[Received]) -> None:
        """Takes what is brought, of whichever topic."""

    def lose(self, partition: Partition, *, position: int) -> None:
        """The feed has to go on at `position`."""


class Feed:
    """Follows the topics for as long as the process lives, through every outage of Kafka."""

    def __init__(
        self,
        *,
        bus: Bus,
        hub: Hub,
        sessions: Sessions,
        topics: Topics,
        metrics: ResultsMetrics,
        clock: Clock,
        reports: Hears | None = None,
    ) -> None:
        self._bus = bus
        self._hub = hub
        self._sessions = sessions
        self._hearing: Sequence[Hears] = (sessions, reports) if reports else (sessions,)
        self._topics = topics
        self._metrics = metrics
        self._clock = clock
        self._targets: Mapping[Partition, int] | None = None
        self._starts: Mapping[Partition, int] = {}
        self._ready = asyncio.Event()
        self._complaint = ""

    @property
    def ready(self) -> bool:
        """It has once caught up with what was there when it started."""
        return self._ready.is_set()

    async def wait_ready(self) -> None:
        """Returns once `ready`."""
        await self._ready.wait()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Feed"]:
        """Works while the context is open."""
        async with asyncio.TaskGroup() as group:
            work = group.create_task(self._run())
            try:
                yield self
            finally:
                work.cancel()

    async def _run(self) -> None:
        while True:
            try:
                await self._follow()
            except OffsetOutOfRange as gone:
                _log.warning("the feed has missed records: %s", gone)
                self._skip(gone)
            except BusError as error:
                if str(error) != self._complaint:
                    _log.warning("the feed has stopped, and tries again: %s", error)
                self._complaint = str(error)
                await asyncio.sleep(BACKOFF)

    async def _follow(self) -> None:
        if self._targets is None:
            await self._look()
        start = {**self._starts, **self._hub.positions()}
        for each in self._hearing:
            start.update(each.positions())
        async with self._bus.tail(topics=self._topics.all, start=start) as tail:
            self._complaint = ""
            self._check_ready(tail)
            async for batch in tail.batches():
                self._push(batch)
                self._check_ready(tail)
                await asyncio.sleep(0)  # readers write what there is before more comes

    async def _look(self) -> None:
        """Finds where to start, and where the end is now."""
        starts: dict[Partition, int] = {}
        targets: dict[Partition, int] = {}
        now = self._clock.now_ms()
        async with self._bus.reader() as reader:
            for topic in sorted(self._topics.all):
                before = now - self._warm(topic)
                for number in range(await reader.partitions(topic)):
                    partition = Partition(topic, number)
                    starts[partition] = await reader.offset_at(partition, before)
                    targets[partition] = (await reader.bounds(partition)).end
        for partition, offset in starts.items():
            self._hub.begin(partition, offset=offset, before=now - WARM)
            for each in self._hearing:
                each.begin(partition, offset=offset)
        self._starts, self._targets = starts, targets

    def _warm(self, topic: str) -> int:
        if topic == self._topics.sessions:
            return WINDOW
        if topic == self._topics.load:
            return reports.WARM
        return WARM if topic in self._topics.streamed else WARM_PROOFS

    def _skip(self, gone: OffsetOutOfRange) -> None:
        self._starts = {**self._starts, gone.partition: gone.earliest}
        self._hub.lose(gone.partition, position=gone.earliest, now=self._clock.now_ms())
        for each in self._hearing:
            each.lose(gone.partition, position=gone.earliest)

    def _push(self, batch: Sequence[Received]) -> None:
        self._hub.push(batch)
        for each in self._hearing:
            each.push(batch)
        for topic, count in Counter(record.topic for record in batch).items():
            self._metrics.records.labels(topic).inc(count)
        for topic, size in self._hub.sizes().items():
            self._metrics.history.labels(topic).set(size)

    def _check_ready(self, tail: Tail) -> None:
        if not self._ready.is_set() and self._targets is not None:
            positions = tail.positions()
            if all(positions.get(partition, 0) >= end for partition, end in self._targets.items()):
                self._ready.set()
