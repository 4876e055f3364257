"""Brings every record of a topic to one process, without a group, for as long as it lives and through every outage."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from bus.errors import BusError, OffsetOutOfRange
from bus.ports import Bus, Reader, Tail
from bus.records import Partition, Received

Wait = Callable[[int], float]
"""How many seconds to wait after so many failures in a row."""

_log = logging.getLogger("sluice.bus")


class Follower:
    """Follows one topic from a moment on.

    Args:
        bus: Where the topic is.
        reader: Finds where the moment lies.
        topic: What is followed, partitions that are added later included.
        since: The moment, in ms since the epoch.
        take: Given each record, in the order of its partition. What it raises ends the follower.
        wait: The waits while Kafka is away, or will not be followed.
    """

    def __init__(
        self, bus: Bus, *, reader: Reader, topic: str, since: int, take: Callable[[Received], None], wait: Wait
    ) -> None:
        self._bus = bus
        self._reader = reader
        self._topic = topic
        self._since = since
        self._take = take
        self._wait = wait
        self._positions: Mapping[Partition, int] = {}
        self._caught_up = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follows while the context is open, which it is once everything was taken that was there when it began."""
        async with asyncio.TaskGroup() as tasks:
            following = tasks.create_task(self.follow())
            await self._caught_up.wait()
            try:
                yield
            finally:
                following.cancel()

    async def follow(self) -> None:
        """Follows until cancelled; for whoever need not know when it has caught up."""
        await self._from_the_moment()
        failures = 0
        while True:
            try:
                async with self._bus.tail(topics=(self._topic,), start=self._positions) as tail:
                    failures = 0
                    await self._read(tail)
            except OffsetOutOfRange as gone:
                _log.warning("records were gone before they were read: %s", gone)
                self._positions = {**self._positions, gone.partition: gone.earliest}
            except BusError as error:
                failures += 1
                await self._after(error, failures)

    async def _from_the_moment(self) -> None:
        failures = 0
        while not self._positions:
            try:
                self._positions = await self._begin()
            except BusError as error:
                failures += 1
                await self._after(error, failures)

    async def _after(self, error: BusError, failures: int) -> None:
        if failures == 1:
            _log.warning("following %s has stopped, and is tried again: %s", self._topic, error)
        await asyncio.sleep(self._wait(failures))

    async def _begin(self) -> Mapping[Partition, int]:
        found = [Partition(self._topic, number) for number in range(await self._reader.partitions(self._topic))]
        return {at: await self._reader.offset_at(at, self._since) for at in found}

    async def _read(self, tail: Tail) -> None:
        ends = {} if self._caught_up.is_set() else await tail.ends()
        self._look(ends)
        async for batch in tail.batches():
            for record in batch:
                self._take(record)
            self._positions = tail.positions()
            self._look(ends)

    def _look(self, ends: Mapping[Partition, int]) -> None:
        if all(self._positions.get(at, 0) >= end for at, end in ends.items()):
            self._caught_up.set()
