"""A processor hears what workers say, whatever becomes of Kafka."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager

import pytest

from bus.memory import MemoryBus
from bus.memory.tail import MemoryTail
from bus.records import Partition
from ext_proc.load.board import Board
from ext_proc.load.following import following
from ext_proc.load.reports import Reports
from ext_proc.results.trust import signed_by
from runtime.clock import SystemClock
from runtime.settings.kafka import TopicSettings
from tests.ext_proc.load.loads import SIGNER, lanes, load, load_record
from tests.fixtures.settings import declared


class Heard(Board):
    """A board, and an event for when something is noted."""

    def __init__(self) -> None:
        super().__init__(tiers=declared()[0].tiers, clock=SystemClock())
        self.news = asyncio.Event()

    def note(self, *args: object, **named: object) -> None:
        """As `Board`."""
        super().note(*args, **named)  # type: ignore[arg-type]
        self.news.set()


async def say(bus: MemoryBus, board: Heard, waiting: int) -> None:
    """Writes, again and again as a worker does, until it is heard."""
    board.news.clear()
    async with bus.producer() as producer, asyncio.timeout(10):
        while not board.news.is_set():
            await producer.put(load_record("w", load(lanes=lanes(free=waiting))))
            await asyncio.sleep(0.001)  # a worker's own pace, only quicker


async def test_through_an_outage() -> None:
    """It begins before the topic is there, and goes on after Kafka was away."""
    bus, board = MemoryBus(), Heard()
    reports = Reports(topic="rag.load", board=board, trust=signed_by(SIGNER))
    async with following(bus, reports, backoff=0.001):
        await asyncio.sleep(0)
        async with bus.admin() as admin:
            await admin.ensure({"rag.load": TopicSettings(partitions=1)})
        await say(bus, board, 99)
        assert board.wait("free") == 100 / 4
        bus.stop()
        await asyncio.sleep(0)
        bus.start()
        await say(bus, board, 9)
        assert board.wait("free") == 10 / 4


class Tried(MemoryBus):
    """A bus, and how often it was asked for a tail."""

    tries = 0

    @asynccontextmanager
    async def tail(
        self, *, topics: Collection[str], start: Mapping[Partition, int] | None = None
    ) -> AsyncIterator[MemoryTail]:
        """As `MemoryBus`."""
        self.tries += 1
        async with super().tail(topics=topics, start=start) as tail:
            yield tail


async def test_nobody_waits_for_it(caplog: pytest.LogCaptureFixture) -> None:
    """While Kafka is away nothing is known, and the operator is told once; that is all."""
    bus, board = Tried(), Heard()
    bus.stop()
    reports = Reports(topic="rag.load", board=board, trust=signed_by(SIGNER))
    async with asyncio.timeout(5), following(bus, reports, backoff=0.001):
        while bus.tries < 3:  # noqa: ASYNC110 - a bus that is away has no event
            await asyncio.sleep(0.001)
        assert board.wait("free") is None
    assert len(caplog.records) == 1
