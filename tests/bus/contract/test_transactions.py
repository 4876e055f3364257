"""The promises of transactions."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from bus.errors import CommitLost, DeliveryFailed
from bus.partitioner import partition_of
from bus.ports import Bus, Tail
from bus.records import Commit, Partition, Record
from tests.bus.contract.helpers import PATIENCE, Listener, create, record, take, values, write
from tests.fixtures.kafka import NewName
from workers.scan import scan


async def test_records_and_offsets_move_together(bus: Bus, topic: NewName) -> None:
    """Records of several partitions, offsets and their notes are there after one commit; receipts say where."""
    asked, told, group = await create(bus, topic("asked"), partitions=1), await create(bus, topic("told")), topic("g")
    await write(bus, asked, 3)
    at, listener = Partition(asked, 0), Listener()
    async with AsyncExitStack() as stack:
        consumer = await stack.enter_async_context(bus.consumer(group=group, topics=[asked], listener=listener))
        transactions = await stack.enter_async_context(bus.transactions(name=topic("t")))
        tail = await stack.enter_async_context(bus.tail(topics=[told]))
        await take(consumer, 3)
        assert {} == await consumer.committed([at])
        for turn in range(3):
            receipts = await transactions.commit(
                [record(told, f"{turn}.{key}", key=b"%d" % key) for key in range(10)],
                offsets={at: Commit(turn + 1, f"note {turn} é")},
                consumer=consumer,
            )
            read = {(one.partition, one.offset): one for one in await take(tail, 10)}
            assert [f"{turn}.{key}" for key in range(10)] == values(
                [read[one.partition, one.offset] for one in receipts]
            )
            assert [partition_of(b"%d" % key, 3) for key in range(10)] == [one.partition for one in receipts]
            assert {at: Commit(turn + 1, f"note {turn} é")} == await consumer.committed([at, Partition(asked, 5)])
    async with bus.consumer(group=group, topics=[asked]) as consumer:
        assert {at: Commit(3, "note 2 é")} == await consumer.committed([at])


async def test_records_alone_and_offsets_alone(bus: Bus, topic: NewName) -> None:
    """Either half may be missing, and both."""
    name, listener = await create(bus, topic("half"), partitions=1), Listener()
    at = Partition(name, 0)
    async with (
        bus.consumer(group=topic("g"), topics=[name], listener=listener) as consumer,
        bus.transactions(name=topic("t")) as transactions,
    ):
        await listener.owns(1)
        assert [] == await transactions.commit([])
        (receipt,) = await transactions.commit([record(name, "alone")])
        assert ["alone"] == values(await take(consumer, 1))
        assert [] == await transactions.commit([], offsets={at: Commit(receipt.offset + 1)}, consumer=consumer)
        assert {at: Commit(receipt.offset + 1)} == await consumer.committed([at])
        with pytest.raises(TypeError):
            await transactions.commit([], offsets={at: Commit(0)})


async def test_callers_queue(bus: Bus, topic: NewName) -> None:
    """Commits that are asked for together happen one after the other, in that order."""
    name = await create(bus, topic("queue"), partitions=1)
    async with bus.transactions(name=topic("t")) as transactions, bus.tail(topics=[name]) as tail:
        await asyncio.gather(*(transactions.commit([record(name, str(at))]) for at in range(10)))
        assert [str(at) for at in range(10)] == values(await take(tail, 10))


async def test_a_record_that_is_refused_takes_all_of_it_along(bus: Bus, topic: NewName) -> None:
    """With one record too large, neither the others nor the offsets are kept; the next transaction works."""
    name, listener = await create(bus, topic("large"), partitions=1), Listener()
    at = Partition(name, 0)
    async with AsyncExitStack() as stack:
        consumer = await stack.enter_async_context(bus.consumer(group=topic("g"), topics=[name], listener=listener))
        transactions = await stack.enter_async_context(bus.transactions(name=topic("t")))
        tail = await stack.enter_async_context(bus.tail(topics=[name]))
        await listener.owns(1)
        large = Record(topic=name, key=b"k", value=b"x" * 1_100_000)
        with pytest.raises(DeliveryFailed) as caught:
            await transactions.commit([record(name, "lost"), large], offsets={at: Commit(7)}, consumer=consumer)
        assert (name, False) == (caught.value.topic, caught.value.retriable)
        with pytest.raises(DeliveryFailed) as caught:
            await transactions.commit([record(name, "lost"), record(topic("nowhere"))])
        assert not caught.value.retriable
        assert {} == await consumer.committed([at])
        await transactions.commit([record(name, "kept")], offsets={at: Commit(1)}, consumer=consumer)
        assert ["kept"] == values(await take(tail, 1))
        assert {at: Commit(1)} == await consumer.committed([at])


async def test_the_newest_of_a_name_is_the_only_one(bus: Bus, topic: NewName) -> None:
    """Once another of the name is there, the one before commits nothing any more."""
    name, writer = await create(bus, topic("fenced"), partitions=1), topic("t")
    async with bus.transactions(name=writer) as old, bus.tail(topics=[name]) as tail:
        await old.commit([record(name, "old")])
        async with bus.transactions(name=writer) as new:
            await new.commit([record(name, "new")])
            for _ in range(2):
                with pytest.raises(CommitLost) as caught:
                    await old.commit([record(name, "zombie")])
                assert writer == caught.value.writer
            await new.commit([record(name, "newer")])
        assert ["old", "new", "newer"] == values(await take(tail, 3))


async def test_a_member_commits_only_what_it_owns(bus: Bus, topic: NewName) -> None:
    """A partition that has left takes the transaction along; what stayed can be committed by the next."""
    name, group, old, new = await create(bus, topic("owned"), partitions=2), topic("g"), Listener(), Listener()
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(bus.consumer(group=group, topics=[name], listener=old))
        transactions = await stack.enter_async_context(bus.transactions(name=topic("t")))
        tail = await stack.enter_async_context(bus.tail(topics=[name]))
        await old.owns(2)
        await stack.enter_async_context(bus.consumer(group=group, topics=[name], listener=new))
        await asyncio.gather(old.owns(1), new.owns(1))
        both = {Partition(name, number): Commit(1) for number in range(2)}
        with pytest.raises(CommitLost) as caught:
            await transactions.commit([record(name, "lost")], offsets=both, consumer=first)
        assert (group, "") == (caught.value.group, caught.value.writer)
        assert {} == await first.committed(list(both))
        kept = {at: Commit(1) for at in first.assignment()}
        await transactions.commit([record(name, "kept")], offsets=kept, consumer=first)
        assert kept == await first.committed(list(both))
        assert ["kept"] == values(await take(tail, 1))


async def test_readers_reach_an_end_that_is_no_record(bus: Bus, topic: NewName) -> None:
    """Behind the last transaction a scan ends at once, a tail and a consumer are at the end, and nothing is behind."""
    name, listener = await create(bus, topic("marks"), partitions=1), Listener()
    at = Partition(name, 0)
    async with AsyncExitStack() as stack:
        transactions = await stack.enter_async_context(bus.transactions(name=topic("t")))
        (receipt,) = await transactions.commit([record(name, "one")])
        consumer = await stack.enter_async_context(bus.consumer(group=topic("g"), topics=[name], listener=listener))
        tail = await stack.enter_async_context(bus.tail(topics=[name], start={at: 0}))
        late = await stack.enter_async_context(bus.tail(topics=[name], start={at: receipt.offset + 1}))
        reader = await stack.enter_async_context(bus.reader())
        for source in (consumer, tail):
            assert ["one"] == values(await take(source, 1))
        for source in (tail, late):
            await _reaches_end(source)
        assert await consumer.lag() == {at: 0}
        end = (await reader.bounds(at)).end
        async with asyncio.timeout(2):  # not the time that a read may take
            assert [] == await reader.read(at, receipt.offset + 1, limit=10)
            assert ["one"] == values([found async for found in scan(reader, at, start=0, end=end)])


async def _reaches_end(tail: Tail) -> None:
    """Takes what comes until the positions are at the ends."""
    ends = await tail.ends()
    async with asyncio.timeout(PATIENCE):
        batches = tail.batches()
        while any(tail.positions()[at] < end for at, end in ends.items()):
            assert [] == values(await anext(batches))
