"""The queue between the polling thread and the event loop."""

import asyncio

import pytest

from bus.handover import Handover
from bus.records import Partition, Received


def _record(partition: int, offset: int) -> Received:
    return Received(topic="t", partition=partition, offset=offset, timestamp=0, key=None, value=None)


async def test_room_is_bounded_and_comes_back_with_each_batch_taken() -> None:
    """A thread that waits for room goes on when the loop takes a batch, or when all is over."""
    handover = Handover(limit=1)
    assert await asyncio.to_thread(handover.room, timeout=0)
    await asyncio.to_thread(handover.put, [_record(0, 0)])
    assert not await asyncio.to_thread(handover.room, timeout=0.01)
    waiting = asyncio.create_task(asyncio.to_thread(handover.room, timeout=10))
    assert [_record(0, 0)] == await handover.get()
    assert await waiting
    await asyncio.to_thread(handover.put, [_record(0, 1)])
    handover.close()
    assert await asyncio.to_thread(handover.room, timeout=10)


async def test_a_failure_ends_the_reading_after_what_came_before() -> None:
    """Nothing that was handed over is lost, and the first failure is the one that counts."""
    handover = Handover(limit=2)
    handover.put([_record(0, 0)])
    handover.fail(LookupError("first"))
    handover.fail(LookupError("second"))
    assert [_record(0, 0)] == await handover.get()
    for _ in range(2):
        with pytest.raises(LookupError, match="first"):
            await handover.get()


async def test_what_leaves_is_dropped_unread() -> None:
    """Records of a revoked partition are another member's; a batch of nothing else disappears."""
    handover = Handover(limit=3)
    handover.put([_record(0, 0), _record(1, 7)])
    handover.put([_record(0, 1)])
    assert handover.first(Partition("t", 1)) == 7
    handover.drop([Partition("t", 0)])
    assert handover.first(Partition("t", 0)) is None
    assert [_record(1, 7)] == await handover.get()
    assert await asyncio.to_thread(handover.room, timeout=0)


def test_a_thread_that_outlives_the_loop_is_not_hurt() -> None:
    """Handing over to a loop that has ended does nothing."""

    async def make() -> Handover:
        return Handover(limit=1)

    handover = asyncio.run(make())
    handover.put([_record(0, 0)])
    handover.fail(LookupError())


async def test_marks_of_transactions_come_without_records() -> None:
    """What is passed counts once the batches before it are taken; alone, it comes with an empty batch."""
    handover, at = Handover(limit=2), Partition("t", 0)
    handover.put([_record(0, 0)], {at: 1})
    handover.put([], {at: 2})
    assert {} == handover.passed()
    assert [_record(0, 0)] == await handover.get()
    assert {at: 2} == handover.passed()
    handover.put([], {at: 3})
    assert [] == await handover.get()
    assert {at: 3} == handover.passed()
    assert {} == handover.passed()
