"""The few readers that all share."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bus.errors import BusUnavailable
from bus.memory import MemoryBus
from bus.memory.reader import MemoryReader
from bus.ports import Reader
from ext_proc.results.errors import Busy
from ext_proc.results.past.pool import ReaderPool


class CountedBus(MemoryBus):
    """Counts its readers, and refuses to make any while it is told to."""

    made = 0
    refuses = False

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[MemoryReader]:
        """As `Bus.reader`."""
        if self.refuses:
            raise BusUnavailable(doing="connecting")
        self.made += 1
        async with super().reader() as reader:
            yield reader


async def _one(_: Reader) -> int:
    await asyncio.sleep(0)
    return 1


async def test_never_more_readers() -> None:
    """Any number of calls share the readers, which are made when first needed."""
    bus = CountedBus()
    async with ReaderPool(bus=bus, readers=3, waiting=100).running() as pool:
        assert bus.made == 0
        assert sum(await asyncio.gather(*(pool.run(_one) for _ in range(100)))) == 100
    assert bus.made == 3


async def test_full() -> None:
    """Past the bound of those who wait the next is refused at once; whoever waits when the pool closes is told so."""
    release = asyncio.Event()

    async def held(_: Reader) -> None:
        await release.wait()

    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        async with ReaderPool(bus=MemoryBus(), readers=1, waiting=1).running() as pool:
            running = asyncio.create_task(pool.run(held))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            waiting = group.create_task(_unavailable(pool))
            await asyncio.sleep(0)
            with pytest.raises(Busy):
                await pool.run(_one)
        with pytest.raises(asyncio.CancelledError):
            await running
    assert waiting.done()


async def _unavailable(pool: ReaderPool) -> None:
    with pytest.raises(BusUnavailable):
        await pool.run(_one)


async def test_errors_belong_to_the_caller() -> None:
    """What goes wrong in one call, or before it, harms nobody else."""

    async def wrong(_: Reader) -> None:
        raise ZeroDivisionError

    bus = CountedBus()
    bus.refuses = True
    async with ReaderPool(bus=bus, readers=1, waiting=9).running() as pool:
        with pytest.raises(BusUnavailable):
            await pool.run(_one)
        bus.refuses = False
        with pytest.raises(ZeroDivisionError):
            await pool.run(wrong)
        assert await pool.run(_one) == 1


async def test_caller_goes_away() -> None:
    """A call whose caller has gone is finished, and one that had not begun is dropped."""
    begun, release, ended = asyncio.Event(), asyncio.Event(), list[str]()

    async def held(_: Reader) -> None:
        begun.set()
        await release.wait()
        ended.append("held")

    async def fails(_: Reader) -> None:
        begun.set()
        await release.wait()
        raise ValueError

    async def never(_: Reader) -> None:
        ended.append("never")

    async with ReaderPool(bus=MemoryBus(), readers=1, waiting=9).running() as pool:
        for call in (held, fails):
            begun.clear()
            release.clear()
            calls = [asyncio.create_task(pool.run(call)), asyncio.create_task(pool.run(never))]
            await begun.wait()
            for task in calls:
                task.cancel()
            await asyncio.wait(calls)
            release.set()
            assert await pool.run(_one) == 1
    assert ended == ["held"]
