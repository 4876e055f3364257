"""The tail's promises."""

import pytest

from bus.errors import OffsetOutOfRange, UnknownTopic
from bus.ports import Bus
from bus.records import Partition
from tests.bus.contract.clusters import Cluster
from tests.bus.contract.helpers import create, take, values, write
from tests.fixtures.kafka import NewName


async def test_it_begins_at_the_end_as_it_was_on_entering(bus: Bus, topic: NewName) -> None:
    """Older records are not read, newer ones are, whichever partition they fall in."""
    name = await create(bus, topic("end"))
    (before,) = await write(bus, name, 1)
    async with bus.tail(topics=[name]) as tail:
        assert tail.positions()[Partition(name, before.partition)] == 1
        await write(bus, name, 3, first=1)
        assert values(await take(tail, 3)) == ["1", "2", "3"]
        assert tail.positions()[Partition(name, before.partition)] == 4
        assert await tail.ends() == tail.positions()


async def test_it_begins_where_it_is_told(bus: Bus, topic: NewName) -> None:
    """A named partition begins at its offset, the others at their end."""
    name = await create(bus, topic("start"))
    at = Partition(name, (await write(bus, name, 5))[0].partition)
    async with bus.tail(topics=[name], start={at: 2}) as tail:
        assert tail.positions()[at] == 2
        assert {Partition(name, number) for number in range(3)} == set(tail.positions())
        assert values(await take(tail, 3)) == ["2", "3", "4"]


async def test_it_follows_several_topics(bus: Bus, topic: NewName) -> None:
    """All of them, in one stream of batches."""
    names = [await create(bus, topic("several")) for _ in range(2)]
    async with bus.tail(topics=names) as tail:
        for name in names:
            await write(bus, name, 2)
        assert set(names) == {record.topic for record in await take(tail, 4)}


async def test_it_follows_new_partitions_from_their_first_record(cluster: Cluster, topic: NewName) -> None:
    """A partition that is added while the tail runs is followed too."""
    bus = cluster.bus()
    name = await create(bus, topic("grown"), partitions=1)
    async with bus.tail(topics=[name]) as tail:
        cluster.grow(name, 6)
        sent = [await write(bus, name, 1, key=b"%d" % at, first=at) for at in range(12)]
        assert {receipt.partition for (receipt,) in sent} != {0}
        assert {str(at) for at in range(12)} == set(values(await take(tail, 12)))


async def test_an_offset_that_is_gone_is_an_error(cluster: Cluster, topic: NewName) -> None:
    """Records that retention took are never skipped in silence."""
    bus = cluster.bus()
    name = await create(bus, topic("gone"), partitions=1)
    await write(bus, name, 5)
    cluster.trim(Partition(name, 0), 3)
    async with bus.tail(topics=[name], start={Partition(name, 0): 1}) as tail:
        with pytest.raises(OffsetOutOfRange) as caught:
            await take(tail, 1)
    assert (caught.value.offset, caught.value.earliest) == (1, 3)


async def test_an_unknown_topic_is_an_error(bus: Bus, topic: NewName) -> None:
    """There is nothing to follow."""
    name = topic("nowhere")
    with pytest.raises(UnknownTopic, match=name):
        async with bus.tail(topics=[name]):
            pass
