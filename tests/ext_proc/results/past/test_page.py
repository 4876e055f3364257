"""The past, page by page."""

import pytest

from bus.errors import BusUnavailable, OffsetOutOfRange
from bus.memory import MemoryBus
from bus.records import Partition, Record
from ext_proc.results.past.page import PAGE_BYTES, SCAN, Past, Span
from ext_proc.results.past.pool import ReaderPool
from runtime.settings.kafka import TopicSettings

AT = Partition("t", 0)


async def _written(*keys: str, size: int = 2) -> MemoryBus:
    bus = MemoryBus()
    async with bus.admin() as admin:
        await admin.ensure({"t": TopicSettings(partitions=1)})
    for key in keys:
        bus._cluster.append(Record(topic="t", key=key.encode(), value=b"x" * size))
    return bus


def _span(start: int, stop: int) -> Span:
    return Span(partition=AT, key=b"k", start=start, stop=stop)


async def test_finds_the_key_alone() -> None:
    """A page holds the key's records of the span, and no other."""
    bus = await _written("k", "x", "k", "k", "x", "k")
    async with ReaderPool(bus=bus, readers=1, waiting=9).running() as pool:
        page = await Past(pool).page(_span(1, 5))
    assert [event.offset for event in page.events] == [2, 3]
    assert page.next == 5


async def test_takes_turns() -> None:
    """However far apart the key's records are, a reader is given back after a while, and the next page goes on."""
    bus = await _written(*(["x"] * SCAN), "k")
    async with ReaderPool(bus=bus, readers=1, waiting=9).running() as pool:
        first = await Past(pool).page(_span(0, SCAN + 1))
        second = await Past(pool).page(_span(first.next, SCAN + 1))
    assert (first.events, first.next, second.next) == ((), SCAN, SCAN + 1)
    assert [event.offset for event in second.events] == [SCAN]


async def test_small_pages() -> None:
    """A page of large records ends early."""
    bus = await _written(*(["k"] * 1200), size=1000)
    async with ReaderPool(bus=bus, readers=1, waiting=9).running() as pool:
        page = await Past(pool).page(_span(0, 1200))
    assert PAGE_BYTES < sum(event.size for event in page.events) < 3 * PAGE_BYTES
    assert page.next == len(page.events)


async def test_an_early_end_is_not_believed() -> None:
    """Where the log ends before what the feed has already seen, a replica lags, and nothing must be skipped."""
    bus = await _written("k")
    async with ReaderPool(bus=bus, readers=1, waiting=9).running() as pool:
        with pytest.raises(BusUnavailable):
            await Past(pool).page(_span(1, 3))


async def test_retention() -> None:
    """What is gone is an error that says where it goes on."""
    bus = await _written("k", "k", "k")
    bus.trim(AT, 2)
    async with ReaderPool(bus=bus, readers=1, waiting=9).running() as pool:
        past = Past(pool)
        with pytest.raises(OffsetOutOfRange) as raised:
            await past.page(_span(0, 3))
        assert (await past.bounds(AT)).end == 3
        assert await past.record(AT, 3) is None
        assert await past.offset_at(AT, -5) == 2
    assert raised.value.earliest == 2
