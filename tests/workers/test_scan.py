"""A stretch of a partition is read to its end, over what retention took."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bus.memory.bus import MemoryBus
from bus.ports import Reader
from bus.records import Partition, Record
from runtime.settings.kafka import TopicSettings
from workers import scan as module
from workers.scan import scan

AT = Partition("t", 0)


@asynccontextmanager
async def reader_of(records: int) -> AsyncIterator[tuple[MemoryBus, Reader]]:
    """A partition with so many records."""
    bus = MemoryBus()
    async with bus.admin() as admin, bus.producer() as producer, bus.reader() as reader:
        await admin.ensure({"t": TopicSettings(partitions=1)})
        for _ in range(records):
            await producer.put(Record(topic="t", key=b"k", value=b"v"))
        yield bus, reader


async def offsets(reader: Reader, *, start: int, end: int) -> list[int]:
    """What is found."""
    return [record.offset async for record in scan(reader, AT, start=start, end=end)]


async def test_it_stops_before_its_end() -> None:
    """Though there is more."""
    async with reader_of(5) as (_, reader):
        assert await offsets(reader, start=1, end=4) == [1, 2, 3]
        assert await offsets(reader, start=4, end=4) == []


async def test_it_reads_more_than_one_helping() -> None:
    """Each is bounded."""
    async with reader_of(2 * module.AT_ONCE + 1) as (_, reader):
        assert len(await offsets(reader, start=0, end=10**6)) == 2 * module.AT_ONCE + 1


async def test_it_goes_over_what_retention_took() -> None:
    """From the first record that is there."""
    async with reader_of(5) as (bus, reader):
        bus.trim(AT, 3)
        assert await offsets(reader, start=0, end=5) == [3, 4]
