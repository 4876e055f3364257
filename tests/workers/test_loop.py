"""The loop commits what is finished, hands over what is not, and lets what waits stand aside."""

import asyncio

import pytest

from bus.memory.consumer import MemoryConsumer
from tests.fixtures.held_loop import AT, working


async def test_what_rests_keeps_nobody_from_work() -> None:
    """But its key, and how many of a lane have begun is bounded all the same."""
    async with working() as bench:
        bench.handler.rests = {0, 1}
        bench.handler.free = True
        await bench.write("abcde")
        await bench.until(lambda: set(bench.handler.begun) == set(range(5)))
        bench.handler.rests = set(range(100))
        await bench.write("fghijklmnopqrst")
        await bench.until(lambda: len(bench.handler.begun) >= 5 + 2)
        await asyncio.sleep(0.02)
        # Two rest since before, and two more may: the others wait, and lose none of their tries to what makes these rest.
        assert len(bench.handler.begun) == 5 + 2
    assert await bench.left() != []


async def test_what_steps_aside_keeps_nobody_from_work() -> None:
    """It has its slot back before anything else begins, and leaves at once with its partition."""
    async with working(concurrency=1, drain=5.0) as bench:
        bench.handler.steps = {0, 3}
        await bench.write("abcd")
        await bench.until(lambda: bench.handler.begun == [0, 1])
        bench.handler.allow(0)
        bench.handler.allow(1)
        await bench.until(lambda: bench.handler.ended == [1, 0])
        await bench.until(lambda: bench.handler.begun == [0, 1, 2])
        bench.handler.allow(2)
        await bench.until(lambda: bench.handler.begun == [0, 1, 2, 3])
        async with asyncio.timeout(4):
            await bench.ends()
        assert await bench.left() == [3]


async def test_a_rest_that_is_called_off_goes_on_although_nothing_is_free() -> None:
    """What is left to do then is so little that it does not wait for a slot, and it takes none away."""
    async with working(concurrency=1) as bench:
        bench.handler.called_off = {0}
        await bench.write("abc")
        await bench.until(lambda: bench.handler.begun == [0, 1])
        bench.handler.calling_off_now.set()
        bench.handler.allow(0)
        await bench.until(lambda: bench.handler.ended == [0])
        await asyncio.sleep(0.01)
        assert bench.handler.begun == [0, 1]
        bench.handler.allow(1, 2)
        await bench.until(lambda: bench.handler.ended == [0, 1, 2])


async def test_a_successor_begins_at_the_first_unfinished_record() -> None:
    """Whatever was finished after it."""
    async with working(concurrency=4) as bench:
        await bench.write("abcd")
        await bench.until(lambda: len(bench.handler.begun) == 4)
        bench.handler.allow(0, 2, 3)
        await bench.until(lambda: bench.handler.now == 1)
        await bench.ends()
        assert await bench.left() == [1, 2, 3]


async def test_stopping_waits_for_what_is_in_work() -> None:
    """And takes on nothing new."""
    async with working(drain=5.0) as bench:
        await bench.write("abcd")
        await bench.until(lambda: len(bench.handler.begun) == 2)
        bench.stop.set()
        await asyncio.sleep(0.01)
        bench.handler.allow(0, 1)
        await bench.ends()
        assert bench.handler.begun == [0, 1]
        assert await bench.left() == [2, 3]


async def test_stopping_does_not_wait_for_what_rests() -> None:
    """Its next try is its successor's."""
    async with working(drain=5.0) as bench:
        bench.handler.rests = {0}
        await bench.write("a")
        await bench.until(lambda: bench.handler.begun == [0])
        await asyncio.sleep(0)
        async with asyncio.timeout(4):
            await bench.ends()
        assert await bench.left() == [0]


async def test_what_would_rest_while_its_partition_leaves_is_left_too() -> None:
    """There is no time for another try."""
    async with working(drain=5.0) as bench:
        bench.handler.fails_late = {0}
        await bench.write("a")
        await bench.until(lambda: bench.handler.begun == [0])
        bench.stop.set()
        await asyncio.sleep(0.01)
        bench.handler.allow(0)
        async with asyncio.timeout(4):
            await bench.ends()
        assert await bench.left() == [0]


async def test_offsets_are_committed_while_it_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that little is done again after a kill -9."""
    monkeypatch.setattr("workers.ledger.COMMIT_SECONDS", 0.01)
    async with working() as bench:
        bench.handler.free = True
        await bench.write("abc")
        await bench.until(lambda: len(bench.handler.begun) == 3)
        await bench.until(lambda: bench.committed() == 3)


async def test_an_outage_delays_commits_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are made up for when Kafka is back."""
    monkeypatch.setattr("workers.ledger.COMMIT_SECONDS", 0.01)
    monkeypatch.setattr("workers.loop.LAG_SECONDS", 0.01)
    async with working() as bench:
        await bench.write("a")
        await bench.until(lambda: bench.handler.begun == [0])
        bench.bus.stop()
        bench.handler.allow(0)
        await asyncio.sleep(0.05)
        bench.bus.start()
    assert await bench.left() == []


async def test_an_error_of_a_handler_ends_the_worker() -> None:
    """A handler only raises what a worker cannot live with; the record is left to a successor."""
    async with working() as bench:
        bench.handler.fails = {1}
        await bench.write("ab")
        assert bench.task
        with pytest.raises(ExceptionGroup) as caught:
            await asyncio.wait_for(bench.task, 5)
        assert caught.group_contains(ZeroDivisionError)
        assert await bench.left() == [0, 1]


async def test_the_stage_hears_of_its_partitions_and_the_lag_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps things for each of them."""
    monkeypatch.setattr("workers.loop.LAG_SECONDS", 0.01)
    async with working() as bench:
        await bench.until(lambda: bench.handler.heard == [("assigned", 1)])
        await bench.until(lambda: b'worker_lag_records{group="g",stage="held",topic="in"} 0.0' in bench.registry.page())
    assert bench.handler.heard == [("assigned", 1), ("revoked", 1)]


async def test_a_partition_that_is_lost_is_let_go_at_once() -> None:
    """Another may have it already: whoever slept too long must not go on writing about it."""
    async with working(drain=60.0) as bench:
        await bench.write("a")
        await bench.until(lambda: bench.handler.begun == [0])
        assert bench.loop
        consumer = bench.loop._consumer
        assert isinstance(consumer, MemoryConsumer)
        consumer.owned.clear()
        async with asyncio.timeout(4):
            await bench.loop.revoked({AT})
        assert (bench.handler.now, bench.committed()) == (0, 0)
