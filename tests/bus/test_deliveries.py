"""What a producer has in flight."""

import asyncio

import pytest

from bus.deliveries import Deliveries
from bus.errors import BusFull, DeliveryFailed
from bus.records import Receipt

RECEIPT = Receipt(topic="t", partition=0, offset=0, timestamp=0)


def _deliveries(*, limit: int = 2) -> Deliveries:
    return Deliveries(limit=limit, timeout=5.0, expired=lambda _: None)


async def test_room_comes_with_the_next_end() -> None:
    """At the limit nothing begins; whoever waits goes on when one ends, however it ends."""
    deliveries = _deliveries()
    first, second = deliveries.begin("t"), deliveries.begin("t")
    with pytest.raises(BusFull):
        deliveries.begin("t")
    waiting = asyncio.create_task(deliveries.room())
    deliveries.succeed(first, RECEIPT)
    await waiting
    deliveries.begin("t")
    waiting = asyncio.create_task(deliveries.room())
    deliveries.fail(second, DeliveryFailed(topic="t", reason="no", retriable=False))
    await waiting
    assert await first == RECEIPT
    with pytest.raises(DeliveryFailed, match="no"):
        await second


async def test_each_expires_in_its_time_and_a_late_answer_changes_nothing() -> None:
    """A delivery fails when its own time is up, and `empty` waits for the last of them."""
    ended: dict[str, float] = {}
    time = asyncio.get_running_loop().time
    deliveries = Deliveries(limit=2, timeout=0.05, expired=lambda topic: ended.update({topic: time()}))
    first = deliveries.begin("one")
    await asyncio.sleep(0.02)  # so that the two deadlines differ
    begun = time()
    second = deliveries.begin("two")
    with pytest.raises(DeliveryFailed, match=r"no answer within 0\.05 s") as caught:
        await first
    assert caught.value.retriable
    await deliveries.empty()
    deliveries.succeed(second, RECEIPT)
    with pytest.raises(DeliveryFailed):
        await second
    assert ["one", "two"] == list(ended)
    assert ended["two"] - begun >= 0.05  # also where a busy machine looks at both at once


async def test_a_cancelled_one_keeps_its_place_until_it_ends() -> None:
    """The record is still on its way, so it still counts."""
    deliveries = _deliveries(limit=1)
    delivery = deliveries.begin("t")
    delivery.cancel()
    with pytest.raises(BusFull):
        deliveries.begin("t")
    deliveries.succeed(delivery, RECEIPT)
    deliveries.begin("t")
