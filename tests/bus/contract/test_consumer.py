"""The consumer's promises."""

import asyncio
from collections.abc import Collection
from contextlib import AsyncExitStack

import pytest

from bus.errors import CommitLost
from bus.partitioner import partition_of
from bus.ports import Bus
from bus.records import Commit, Partition, Received
from runtime.settings.kafka import ConsumerSettings
from tests.bus.contract.clusters import Cluster
from tests.bus.contract.helpers import PATIENCE, Listener, Progress, create, take, values, write
from tests.fixtures.kafka import NewName


async def test_a_new_group_starts_at_the_earliest_record(bus: Bus, topic: NewName) -> None:
    """What was written before the group existed is read, in order."""
    name = await create(bus, topic("earliest"))
    await write(bus, name, 10)
    async with bus.consumer(group=topic("g"), topics=[name]) as consumer:
        assert [str(at) for at in range(10)] == values(await take(consumer, 10))


async def test_a_group_goes_on_at_what_was_committed(bus: Bus, topic: NewName) -> None:
    """A commit names the next offset; what was read and not committed comes again."""
    name, group = await create(bus, topic("resume"), partitions=1), topic("g")
    await write(bus, name, 10)
    async with bus.consumer(group=group, topics=[name]) as consumer:
        await take(consumer, 10)
        await consumer.commit({Partition(name, 0): Commit(4)})
    async with bus.consumer(group=group, topics=[name]) as consumer:
        assert [str(at) for at in range(4, 10)] == values(await take(consumer, 6))
        await consumer.commit({})


async def test_groups_do_not_disturb_each_other(bus: Bus, topic: NewName) -> None:
    """Each group reads everything."""
    name = await create(bus, topic("groups"))
    await write(bus, name, 5)
    for _ in range(2):
        async with bus.consumer(group=topic("g"), topics=[name]) as consumer:
            read = await take(consumer, 5)
            await consumer.commit({one.at: Commit(one.offset + 1) for one in read})
            assert len(read) == 5


async def test_batches_are_bounded_and_a_slow_reader_loses_nothing(cluster: Cluster, topic: NewName) -> None:
    """However much waits in the log, a batch holds at most its bound, and the member keeps its place while full."""
    bus = cluster.bus(consumer=ConsumerSettings(max_batch=10, max_waiting=2))
    name = await create(bus, topic("slow"), partitions=2)
    await write(bus, name, 200)
    listener, sizes, seen = Listener(), [], []
    async with bus.consumer(group=topic("g"), topics=[name], listener=listener) as consumer:
        async with asyncio.timeout(PATIENCE):
            async for batch in consumer.batches():
                sizes.append(len(batch))
                seen.extend(values(batch))
                if len(sizes) == 3:
                    await asyncio.sleep(1.5)  # longer than the thread waits for room: it must poll and hold back
                if len(seen) == 200:
                    break
        assert [("assigned", frozenset({Partition(name, 0), Partition(name, 1)}))] == listener.heard
    assert max(sizes) <= 10
    assert [str(at) for at in range(200)] == seen


async def test_a_paused_partition_is_left_alone_until_it_is_resumed(cluster: Cluster, topic: NewName) -> None:
    """Others go on; resumed, the partition goes on from where it stopped."""
    bus = cluster.bus(consumer=ConsumerSettings(max_batch=1, max_waiting=1))
    name, listener, progress = await create(bus, topic("paused"), partitions=2), Listener(), Progress()
    async with bus.consumer(group=topic("g"), topics=[name], listener=listener) as consumer:
        await listener.owns(2)
        paused = (await write(bus, name, 1, key=b"a"))[0].partition
        other = next(key for key in (b"b", b"c", b"d", b"e") if partition_of(key, 2) != paused)
        async with progress.reading(consumer) as taken:
            await progress.until(lambda: len(taken) == 1)
            consumer.pause([Partition(name, paused)])
            await write(bus, name, 20, key=b"a", first=1)
            await write(bus, name, 20, key=other)
            await progress.until(lambda: len([one for one in taken if one.partition != paused]) >= 20)
            held = [one for one in taken if one.partition == paused]
            assert len(held) < 20
            consumer.resume([Partition(name, paused)])
            await progress.until(lambda: [str(at) for at in range(21)] == values(_of(taken, paused))[-21:])


async def test_members_share_and_take_over(bus: Bus, topic: NewName) -> None:
    """A second member gets half, and everything again when the first one leaves; nothing is read twice or lost."""
    name, group = await create(bus, topic("shared"), partitions=4), topic("g")
    one, two, progress = Listener(), Listener(), Progress()
    async with bus.consumer(group=group, topics=[name], listener=two) as second, progress.reading(second) as by_second:
        async with bus.consumer(group=group, topics=[name], listener=one) as first, progress.reading(first) as by_first:
            await asyncio.gather(one.owns(2), two.owns(2))
            assert not first.assignment() & second.assignment()
            for at in range(20):
                await write(bus, name, 1, key=b"%d" % at, first=at)
            await progress.until(lambda: len(by_first) + len(by_second) == 20)
            await first.commit({read.at: Commit(read.offset + 1) for read in by_first})
        await two.owns(4)
        assert first.assignment() == frozenset()
        await write(bus, name, 4, first=20)
        await progress.until(lambda: len(by_first) + len(by_second) == 24)
    assert sorted(values(by_first) + values(by_second), key=int) == [str(at) for at in range(24)]


async def test_a_partition_is_given_back_before_another_member_has_it(bus: Bus, topic: NewName) -> None:
    """The old owner's listener ends, commit included, before the new owner's begins; so nothing is done twice."""
    name, group = await create(bus, topic("handed"), partitions=2), topic("g")
    await write(bus, name, 6)
    old, new, progress = Listener(), Listener(), Progress()
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(bus.consumer(group=group, topics=[name], listener=old))
        by_first = await stack.enter_async_context(progress.reading(first))
        await old.owns(2)
        await progress.until(lambda: len(by_first) == 6)
        old.go_on.clear()
        second = await stack.enter_async_context(bus.consumer(group=group, topics=[name], listener=new))
        by_second = await stack.enter_async_context(progress.reading(second))
        await old.hears("revoking")
        leaving = next(partitions for kind, partitions in old.heard if kind == "revoking")
        assert not new.owned & leaving
        assert leaving <= first.assignment()
        await first.commit({at: Commit(6) for at in leaving if by_first[0].at == at})
        old.go_on.set()
        await asyncio.gather(old.owns(1), new.owns(1))
        assert new.owned == leaving
        with pytest.raises(CommitLost):
            await first.commit(dict.fromkeys(leaving, Commit(1)))
        await write(bus, name, 6, first=6)
        await progress.until(lambda: len(by_first) + len(by_second) == 12)
    assert [str(at) for at in range(12)] == values(by_first + by_second)


async def test_leaving_revokes(bus: Bus, topic: NewName) -> None:
    """A member that leaves hears of it while it can still commit."""
    name, group = await create(bus, topic("leaving"), partitions=1), topic("g")
    await write(bus, name, 5)
    committer = Committer()
    async with bus.consumer(group=group, topics=[name], listener=committer) as consumer:
        committer.commits = lambda: consumer.commit({Partition(name, 0): Commit(3)})
        await take(consumer, 5)
    assert committer.done
    async with bus.consumer(group=group, topics=[name]) as consumer:
        assert values(await take(consumer, 2)) == ["3", "4"]


async def test_what_a_listener_raises_reaches_the_reader(bus: Bus, topic: NewName) -> None:
    """An error in a listener is not swallowed by the group: it ends the batches."""
    name = await create(bus, topic("raises"), partitions=1)

    class Broken(Listener):
        async def assigned(self, partitions: Collection[Partition]) -> None:
            msg = "no room for them"
            raise LookupError(msg)

    async with bus.consumer(group=topic("g"), topics=[name], listener=Broken()) as consumer:
        with pytest.raises(LookupError, match="no room"):
            await take(consumer, 1)


async def test_a_listener_that_takes_too_long_does_not_hold_the_group_up(cluster: Cluster, topic: NewName) -> None:
    """After the rebalance timeout the partition moves on without the old owner's consent."""
    bus = cluster.bus(consumer=ConsumerSettings(rebalance_timeout=0.5))
    name, group = await create(bus, topic("late"), partitions=2), topic("g")
    old, new = Listener(), Listener()
    async with bus.consumer(group=group, topics=[name], listener=old):
        await old.owns(2)
        old.go_on.clear()
        async with bus.consumer(group=group, topics=[name], listener=new):
            await new.owns(1)
            assert "revoked" not in [kind for kind, _ in old.heard]


async def test_lag_counts_from_what_was_read(bus: Bus, topic: NewName) -> None:
    """What is written and not yet handed over is the lag."""
    name, listener = await create(bus, topic("lag"), partitions=1), Listener()
    await write(bus, name, 3)
    async with bus.consumer(group=topic("g"), topics=[name], listener=listener) as consumer:
        assert await consumer.lag() in ({}, {Partition(name, 0): 3})
        await listener.owns(1)
        assert await consumer.lag() in ({}, {Partition(name, 0): 3})
        await take(consumer, 3)
        assert {Partition(name, 0): 0} == await consumer.lag()
        await write(bus, name, 2)
        assert {Partition(name, 0): 2} == await consumer.lag()


async def test_an_idle_member_does_not_hinder_another_topic(bus: Bus, topic: NewName) -> None:
    """Members of one group may follow different topics; each gets partitions of its own only."""
    names, group = [await create(bus, topic("mixed"), partitions=2) for _ in range(2)], topic("g")
    one, two = Listener(), Listener()
    async with (
        bus.consumer(group=group, topics=names[:1], listener=one),
        bus.consumer(group=group, topics=names[1:], listener=two),
    ):
        await asyncio.gather(one.owns(2), two.owns(2))
        assert {names[0]} == {partition.topic for partition in one.owned}
        assert {names[1]} == {partition.topic for partition in two.owned}


class Committer(Listener):
    """Commits when its partitions leave."""

    def __init__(self) -> None:
        super().__init__()
        self.commits = _nothing
        self.done = False

    async def revoked(self, partitions: Collection[Partition]) -> None:
        await self.commits()
        self.done = True


async def _nothing() -> None:
    pass


def _of(taken: list[Received], partition: int) -> list[Received]:
    return [one for one in taken if one.partition == partition]
