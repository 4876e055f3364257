"""Whose turn it is: keys, lanes, the window, and what is cancelled."""

import asyncio

from bus.memory.cluster import wall_clock
from bus.memory.consumer import MemoryConsumer
from tests.fixtures.held_loop import AT, working
from workers.cancels import AHEAD_MS


async def test_only_so_many_are_in_work() -> None:
    """The next begins when one ends."""
    async with working() as bench:
        await bench.write("abcd")
        await bench.until(lambda: len(bench.handler.begun) == 2)
        await asyncio.sleep(0.01)
        assert bench.handler.begun == [0, 1]
        bench.handler.allow(1)
        await bench.until(lambda: bench.handler.begun == [0, 1, 2])
        bench.handler.free = True
        bench.handler.allow(0, 2)
        await bench.until(lambda: len(bench.handler.begun) == 4)
        assert bench.handler.most == 2


async def test_a_key_waits_for_itself_only() -> None:
    """Its second record begins when its first has ended; others go on."""
    async with working() as bench:
        await bench.write("aabc")
        await bench.until(lambda: bench.handler.begun == [0, 2])
        bench.handler.allow(2)
        await bench.until(lambda: bench.handler.begun == [0, 2, 3])
        bench.handler.allow(0)
        await bench.until(lambda: bench.handler.begun == [0, 2, 3, 1])
        bench.handler.allow(1, 3)


async def test_a_flood_stands_in_its_own_lane() -> None:
    """Of two thousand that wait, an enterprise query waits for two at most; and the flood moves beside it."""
    async with working(max_batch=500) as bench:
        await bench.flood(2000)
        await bench.until(lambda: bench.waiting() == 2000 - 2)
        await bench.write("e", tier="enterprise")
        await bench.until(lambda: bench.waiting() == 2000 - 2 + 1)
        bench.handler.allow(0, 1)
        await bench.until(lambda: len(bench.handler.begun) == 4)
        assert 2000 in bench.handler.begun
        await bench.write("fghi", tier="enterprise")
        await bench.until(lambda: bench.waiting() == 2000 - 3 + 4)
        bench.handler.allow(*range(2005))
        await bench.until(lambda: len(bench.handler.ended) == 2005)
        assert [offset for offset in bench.handler.begun if offset < 2000] == list(range(2000))
    assert bench.committed() == 2005


async def test_reading_stops_at_the_window_and_goes_on_below_it() -> None:
    """What was not read stays in Kafka; nothing of it is left out."""
    async with working(concurrency=1, max_batch=4, window=16) as bench:
        await bench.flood(100)
        await bench.until(lambda: bench.waiting() >= 16)
        await asyncio.sleep(0.01)
        assert 16 <= bench.waiting() < 16 + 4
        assert bench.loop
        assert isinstance(bench.loop._consumer, MemoryConsumer)
        assert bench.loop._consumer._paused == {AT}
        bench.handler.free = True
        bench.handler.allow(0)
        await bench.until(lambda: len(bench.handler.ended) == 100)
        assert bench.handler.ended == list(range(100))
        assert not bench.loop._consumer._paused


async def test_what_is_cancelled_waits_for_no_turn() -> None:
    """Neither behind others nor for a slot, be it read before its cancel or after it."""
    async with working(concurrency=1) as bench:
        await bench.write("abcd")
        await bench.until(lambda: bench.waiting() == 3)
        bench.cancel("d")
        await bench.until(lambda: bench.handler.begun == [0, 3])
        bench.cancel("e")
        await bench.write("e")
        await bench.until(lambda: bench.handler.begun == [0, 3, 4])
        bench.handler.allow(3, 4)
        await bench.until(lambda: bench.handler.ended == [3, 4])
        assert bench.waiting() == 2
        bench.handler.allow(0, 1, 2)
        await bench.until(lambda: bench.handler.ended == [3, 4, 0, 1, 2])


async def test_only_what_is_cancelled_is_hastened() -> None:
    """Not what bears the name of something that was, nor what cannot be read."""
    async with working(concurrency=1) as bench:
        bench.handler.unreadable = {2}
        bench.cancel("b", at=wall_clock() - 2 * AHEAD_MS)
        await bench.write("abc")
        await bench.until(lambda: bench.waiting() == 2)
        bench.cancel("c")
        bench.cancel("z")
        await asyncio.sleep(0.01)
        assert bench.handler.begun == [0]
        bench.handler.free = True
        bench.handler.allow(0)
        await bench.until(lambda: bench.handler.ended == [0, 1, 2])
