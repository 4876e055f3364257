"""The reader's promises."""

import asyncio

import pytest

from bus.errors import OffsetOutOfRange, UnknownTopic
from bus.ports import Bus
from bus.records import Bounds, Partition
from tests.bus.contract.clusters import Cluster
from tests.bus.contract.helpers import create, values, write
from tests.fixtures.kafka import NewName


async def test_it_reads_from_an_offset_up_to_a_limit(bus: Bus, topic: NewName) -> None:
    """Reads follow each other, jump back, and end in an empty answer."""
    name = await create(bus, topic("read"), partitions=1)
    await write(bus, name, 10)
    at = Partition(name, 0)
    async with bus.reader() as reader:
        assert values(await reader.read(at, 0, limit=4)) == ["0", "1", "2", "3"]
        assert values(await reader.read(at, 4, limit=4)) == ["4", "5", "6", "7"]
        assert values(await reader.read(at, 8, limit=4)) == ["8", "9"]
        assert await reader.read(at, 10, limit=4) == []
        assert values(await reader.read(at, 2, limit=1)) == ["2"]


async def test_it_reads_any_partition_in_turn(bus: Bus, topic: NewName) -> None:
    """Nothing of the read before shows."""
    names = [await create(bus, topic("turn"), partitions=1) for _ in range(2)]
    for name in names:
        await write(bus, name, 3, first=int(name == names[1]) * 10)
    async with bus.reader() as reader:
        for first in (0, 1):
            reads = [await reader.read(Partition(name, 0), first, limit=2) for name in names]
            expected = [[str(first + at + base) for at in range(2)] for base in (0, 10)]
            assert expected == [values(read) for read in reads]


async def test_readers_work_side_by_side(bus: Bus, topic: NewName) -> None:
    """One reader does one read at a time, called at once or not; several do several."""
    name = await create(bus, topic("pool"), partitions=1)
    await write(bus, name, 5)
    async with bus.reader() as one, bus.reader() as other:
        reads = await asyncio.gather(
            *(reader.read(Partition(name, 0), at, limit=1) for at in range(5) for reader in (one, other))
        )
    assert [str(at) for at in range(5) for _ in range(2)] == [value for read in reads for value in values(read)]


async def test_what_retention_took_is_an_error(cluster: Cluster, topic: NewName) -> None:
    """The error says what is the earliest offset, and reading goes on from there."""
    bus = cluster.bus()
    name = await create(bus, topic("trimmed"), partitions=1)
    await write(bus, name, 10)
    at = Partition(name, 0)
    cluster.trim(at, 6)
    async with bus.reader() as reader:
        assert Bounds(6, 10) == await reader.bounds(at)
        with pytest.raises(OffsetOutOfRange) as caught:
            await reader.read(at, 2, limit=5)
        assert (at, 2, 6) == (caught.value.partition, caught.value.offset, caught.value.earliest)
        assert values(await reader.read(at, 6, limit=2)) == ["6", "7"]


async def test_bounds_of_an_empty_partition(bus: Bus, topic: NewName) -> None:
    """Nothing is held, and the next record will be the first."""
    name = await create(bus, topic("empty"), partitions=1)
    async with bus.reader() as reader:
        assert Bounds(0, 0) == await reader.bounds(Partition(name, 0))
        assert await reader.read(Partition(name, 0), 0, limit=5) == []


async def test_an_offset_by_time_is_the_first_at_or_after_it(bus: Bus, topic: NewName) -> None:
    """Before everything it is the earliest, after everything the end."""
    name = await create(bus, topic("time"), partitions=1)
    first = (await write(bus, name, 1))[0].timestamp
    while (second := (await write(bus, name, 1))[0]).timestamp == first:
        pass
    async with bus.reader() as reader:
        at = Partition(name, 0)
        assert await reader.offset_at(at, 0) == 0
        assert await reader.offset_at(at, first) == 0
        assert second.offset == await reader.offset_at(at, second.timestamp)
        assert second.offset + 1 == await reader.offset_at(at, second.timestamp + 1)


async def test_partitions_are_counted(bus: Bus, topic: NewName) -> None:
    """As many as the topic was created with."""
    name = await create(bus, topic("count"), partitions=5)
    async with bus.reader() as reader:
        assert await reader.partitions(name) == 5


async def test_what_does_not_exist_is_an_error(bus: Bus, topic: NewName) -> None:
    """A topic nobody created, and a partition past the last one."""
    name = await create(bus, topic("some"), partitions=1)
    async with bus.reader() as reader:
        with pytest.raises(UnknownTopic):
            await reader.partitions(topic("nowhere"))
        with pytest.raises(UnknownTopic):
            await reader.bounds(Partition(name, 1))
        with pytest.raises(UnknownTopic):
            await reader.read(Partition(topic("nowhere"), 0), 0, limit=1)
