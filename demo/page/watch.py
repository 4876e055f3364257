"""Looks at every topic, without a group: for as long as the process lives, and through every outage."""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager

import orjson

from bus.errors import BusError, OffsetOutOfRange
from bus.ports import Bus, Tail
from bus.records import Partition, Received
from demo.page.frames import event
from demo.page.log import Log
from demo.page.passages import Passages
from demo.page.shown import shown

CHUNKS = "rag.chunks"
WAIT = 0.5
"""Seconds between tries while Kafka does not answer, or does not have the topics yet."""

_log = logging.getLogger("sluice.page")


class Watch:
    """Passes on what it sees: records from now on to the log, and all chunks that there are to the passages."""

    def __init__(self, bus: Bus, *, topics: Collection[str], log: Log, passages: Passages, wait: float = WAIT) -> None:
        self._bus = bus
        self._topics = topics
        self._log = log
        self._passages = passages
        self._wait = wait
        self._positions: Mapping[Partition, int] = {}
        self._old: Mapping[Partition, int] = {}
        self.seeing = asyncio.Event()
        """Set while records are followed."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Watches while the context is open; nobody waits for it to begin."""
        async with asyncio.TaskGroup() as tasks:
            work = tasks.create_task(self._watch(), name="watch")
            try:
                yield
            finally:
                work.cancel()

    async def _watch(self) -> None:
        complained = False
        while True:
            try:
                await self._begin()
                async with self._bus.tail(topics=self._topics, start=self._positions) as tail:
                    complained = False
                    await self._follow(tail)
            except OffsetOutOfRange as gone:
                _log.warning("records were gone before they were read: %s", gone)
                self._positions = {**self._positions, gone.partition: gone.earliest}
            except BusError as error:
                if not complained:
                    _log.warning("the topics cannot be followed for now: %s", error)
                complained = True
                self.seeing.clear()
                await asyncio.sleep(self._wait)

    async def _begin(self) -> None:
        """Finds where the chunks begin, once; of the others only what comes now is wanted."""
        if self._positions or CHUNKS not in self._topics:
            return
        async with self._bus.reader() as reader:
            numbers = range(await reader.partitions(CHUNKS))
            bounds = {Partition(CHUNKS, number): await reader.bounds(Partition(CHUNKS, number)) for number in numbers}
        self._positions = {at: bound.earliest for at, bound in bounds.items()}
        self._old = {at: bound.end for at, bound in bounds.items()}

    async def _follow(self, tail: Tail) -> None:
        self._positions = tail.positions()
        self.seeing.set()
        async for batch in tail.batches():
            self._take(batch)
            self._positions = tail.positions()

    def _take(self, batch: Sequence[Received]) -> None:
        for record in batch:
            if record.topic == CHUNKS:
                self._passages.take(record)
        fresh = [record for record in batch if record.offset >= self._old.get(record.at, 0)]
        if fresh:
            self._log.add([event("record", orjson.dumps(shown(record))) for record in fresh])
