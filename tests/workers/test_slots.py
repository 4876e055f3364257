"""So many at once, and those who come back first."""

import asyncio

from workers.slots import Slots


async def test_no_more_than_there_are() -> None:
    """A slot is had until it is given back."""
    slots = Slots(2)
    assert [slots.take(), slots.take(), slots.take()] == [True, True, False]
    slots.give()
    assert slots.take()


async def test_who_returns_is_served_before_who_has_not_begun() -> None:
    """And in the order of returning."""
    slots = Slots(1)
    assert slots.take()
    served: list[int] = []

    async def come_back(number: int) -> None:
        await slots.retake()
        served.append(number)
        slots.give()

    waiting = [asyncio.create_task(come_back(number)) for number in range(2)]
    await asyncio.sleep(0)
    slots.give()
    assert not slots.take()
    await asyncio.gather(*waiting)
    assert served == [0, 1]
    assert slots.take()


async def test_a_free_slot_is_had_at_once() -> None:
    """Nobody waits where there is room."""
    slots = Slots(1)
    await asyncio.wait_for(slots.retake(), 10)
    assert not slots.take()


async def test_a_slot_can_be_seized() -> None:
    """Where none is free, one is owed, and given back before anybody else has it."""
    slots = Slots(1)
    assert slots.take()
    slots.seize()
    waiting = asyncio.create_task(slots.retake())
    await asyncio.sleep(0)
    slots.give()
    await asyncio.sleep(0)
    assert (waiting.done(), slots.take()) == (False, False)
    slots.give()
    await asyncio.wait_for(waiting, 1)


async def test_who_is_cancelled_keeps_no_slot() -> None:
    """Neither while waiting, nor in the moment when the slot was handed over."""
    slots = Slots(1)
    assert slots.take()
    waiting = [asyncio.create_task(slots.retake()) for _ in range(2)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    await asyncio.sleep(0)
    slots.give()
    waiting[1].cancel()
    await asyncio.wait(waiting)
    assert slots.take()
