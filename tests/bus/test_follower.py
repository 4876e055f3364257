"""A topic is followed from a moment on, and through whatever happens to Kafka."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from bus.errors import BusRefused
from bus.follower import Follower
from bus.memory.bus import MemoryBus
from bus.ports import Bus, Tail
from bus.records import Partition, Received, Record
from runtime.settings.kafka import TopicSettings
from tests.fixtures.severable import SeverableBus

AT = Partition("t", 0)


class Refusing(SeverableBus):
    """A bus that refuses to be followed, twice."""

    refusals = 0

    def tail(
        self, *, topics: Collection[str], start: Mapping[Partition, int] | None = None
    ) -> AbstractAsyncContextManager[Tail]:
        """As `Bus.tail`."""
        if self.refusals < 2:
            self.refusals += 1
            raise BusRefused(doing="following", reason="as told")
        return super().tail(topics=topics, start=start)


class Bench:
    """A topic of one partition, and what a follower has taken of it; the record's number is its time."""

    def __init__(self) -> None:
        self.now = 0
        self.bus = MemoryBus(clock=lambda: self.now)
        self.followed: Bus = self.bus
        self.taken: list[int] = []

    async def write(self, *times: int) -> None:
        """A record at each of these times."""
        async with self.bus.admin() as admin, self.bus.producer() as producer:
            await admin.ensure({"t": TopicSettings(partitions=1)})
            for self.now in times:
                await producer.put(Record(topic="t", key=b"k", value=b"v"))

    @asynccontextmanager
    async def following(self, *, since: int = 0) -> AsyncIterator[None]:
        """A follower at work."""
        async with self.bus.reader() as reader:
            follower = Follower(
                self.followed, reader=reader, topic="t", since=since, take=self._take, wait=lambda _: 0.001
            )
            async with follower.running():
                yield

    async def until(self, *times: int) -> None:
        """Returns when these were taken, and no others."""
        async with asyncio.timeout(5):
            while self.taken != list(times):  # noqa: ASYNC110  # the follower tells nobody
                await asyncio.sleep(0.001)

    def _take(self, record: Received) -> None:
        self.taken.append(record.timestamp)


async def test_what_was_there_is_taken_before_it_is_open() -> None:
    """From the moment on, and what comes later as it comes."""
    bench = Bench()
    await bench.write(1, 2, 3)
    async with bench.following(since=2):
        assert bench.taken == [2, 3]
        await bench.write(4)
        await bench.until(2, 3, 4)


async def test_an_empty_topic_is_open_at_once() -> None:
    """There is nothing to catch up with."""
    bench = Bench()
    await bench.write()
    async with asyncio.timeout(1), bench.following():
        assert bench.taken == []


async def test_it_waits_for_kafka() -> None:
    """However long; then it is open."""
    bench = Bench()
    await bench.write(1)
    bench.bus.stop()
    asyncio.get_running_loop().call_later(0.02, bench.bus.start)
    async with bench.following():
        assert bench.taken == [1]


async def test_an_outage_is_waited_for() -> None:
    """Nothing is missed, and nothing taken twice."""
    bench = Bench()
    await bench.write(1)
    async with bench.following():
        bench.bus.stop()
        await asyncio.sleep(0.01)
        bench.bus.start()
        await bench.write(2)
        await bench.until(1, 2)


async def test_what_retention_took_is_passed_over() -> None:
    """It goes on with the earliest that is still there."""
    bench = Bench()
    await bench.write(1)
    async with bench.following():
        bench.bus.stop()
        log = bench.bus._cluster.log(AT)
        for time in (2, 3, 4):
            log.append(Record(topic="t", key=b"k", value=b"v"), timestamp=time)
        bench.bus.trim(AT, 3)
        bench.bus.start()
        await bench.until(1, 4)


async def test_a_refusal_is_asked_again() -> None:
    """An operator may mend it while the process lives."""
    bench = Bench()
    await bench.write(1)
    bench.followed = refusing = Refusing(bench.bus)
    async with bench.following():
        assert bench.taken == [1]
    assert refusing.refusals == 2


async def test_a_defect_ends_it() -> None:
    """What the taker raises is not swallowed: better no process than one that hears nothing any more."""
    bench = Bench()
    await bench.write(1)
    bench.taken = None  # type: ignore[assignment]  # so that taking fails
    with pytest.raises(ExceptionGroup):
        async with bench.following():
            pass
