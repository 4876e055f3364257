"""How the topics are watched."""

import asyncio

from bus.memory.bus import MemoryBus
from demo.page.log import Log
from demo.page.passages import Passages
from demo.page.watch import Watch
from runtime.clock import SystemClock
from tests.demo.page.served import TOPICS, Served, with_topics


async def test_all_passages_are_held_and_only_new_records_told(page: Served) -> None:
    """What was written before is there to be cited, and nothing that has just passed."""
    await page.chunk("before")
    await page.log.beyond(0)
    log, passages = Log(clock=SystemClock()), Passages()
    watch = Watch(page.bus, topics=TOPICS, log=log, passages=passages)
    async with asyncio.timeout(20), watch.running():
        await watch.seeing.wait()
        await page.chunk("after")
        await log.beyond(0)

    assert (passages.find("before", 0) is not None, log.end) == (True, 1)


async def test_an_outage_is_outlived(page: Served) -> None:
    """While Kafka is away it is not ready, and afterwards nothing is missing."""
    await page.chunk("a")
    await page.log.beyond(0)
    page.bus.stop()
    page.bus.start()
    await page.chunk("b")
    async with asyncio.timeout(20):
        await page.log.beyond(1)

    assert page.passages.find("b", 0) is not None


async def test_it_waits_for_topics_and_for_a_broker() -> None:
    """Started before everything else, it follows as soon as there is something to follow."""
    bus = MemoryBus()
    bus.stop()
    log = Log(clock=SystemClock())
    watch = Watch(bus, topics=TOPICS, log=log, passages=Passages(), wait=0.001)
    async with watch.running():
        await asyncio.sleep(0)
        assert not watch.seeing.is_set()
        bus.start()
        await with_topics(bus)
        async with asyncio.timeout(20):
            await watch.seeing.wait()
