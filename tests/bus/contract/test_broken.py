"""What only a real broker can do: hang, be killed in the middle, throw a member out, or turn a client away."""

import asyncio
import time
from contextlib import AsyncExitStack
from typing import get_args

import pytest

from bus.choice import bus_for
from bus.errors import BusRefused, BusUnavailable, CommitLost, DeliveryFailed, Undecided
from bus.partitioner import partition_of
from bus.ports import Consumer, Producer, Transactions
from bus.records import Commit, Partition, Receipt
from local.kafka.ports import free_port
from runtime.settings.kafka import Client, KafkaSettings, ProducerSettings, TopicSettings
from tests.bus.contract.clusters import RealCluster
from tests.bus.contract.helpers import PATIENCE, Listener, create, record, take, values, write
from tests.fixtures.kafka import NewName


async def test_a_broker_that_hangs_is_noticed_in_time(own_real: RealCluster, topic: NewName) -> None:
    """With its connections open and nothing answered, a send and a commit still fail in time, and work again afterwards."""
    bus = own_real.bus(producer=ProducerSettings(delivery_timeout=2.0))
    name, told = await create(bus, topic("hung"), partitions=1), await create(bus, topic("told"), partitions=1)
    async with bus.producer() as producer, bus.transactions(name=topic("t")) as transactions:
        await producer.put(record(name))
        await transactions.commit([record(told, "before")])
        own_real.pause()
        began = time.monotonic()
        with pytest.raises(DeliveryFailed):
            await producer.send(record(name))
        assert time.monotonic() - began < 5  # a busy machine is given three seconds more
        with pytest.raises(BusUnavailable):
            producer.send(record(name))
        began = time.monotonic()
        with pytest.raises(BusUnavailable):  # it hung before the word could be asked for
            await transactions.commit([record(told, "hung")])
        assert time.monotonic() - began < 25
        own_real.resume()
        assert (await _until_stored(producer, name)).offset > 0
        await _until_committed(transactions, told, "after")
    async with bus.reader() as reader:
        assert ["before", "after"] == values(await reader.read(Partition(told, 0), 0, limit=10))


async def test_kills_leave_records_and_offsets_in_step(own_real: RealCluster, topic: NewName) -> None:
    """Through kills -9 of the broker each transaction is there once, and what was undecided `committed` tells."""
    bus = own_real.bus()
    asked, told = await create(bus, topic("asked"), partitions=1), await create(bus, topic("told"), partitions=2)
    listener = Listener()
    async with AsyncExitStack() as stack:
        consumer = await stack.enter_async_context(bus.consumer(group=topic("g"), topics=[asked], listener=listener))
        transactions = await stack.enter_async_context(bus.transactions(name=topic("t")))
        await listener.owns(1)
        run = _Run(transactions, consumer, Partition(asked, 0), told)
        committing = asyncio.create_task(run.until_stopped())
        for _ in range(2):
            await run.goes_on(20)
            await own_real.stop()
            await own_real.start()
        await run.goes_on(20)
        run.stop.set()
        await committing
        (stored,) = (await consumer.committed([run.at])).values()
        tail = await stack.enter_async_context(
            bus.tail(topics=[told], start={Partition(told, number): 0 for number in range(2)})
        )
        read = values(await take(tail, 2 * run.done))
    assert (run.done, str(run.done)) == (stored.offset, stored.note)
    assert sorted([str(at) for at in range(run.done)] * 2) == sorted(read)


async def test_a_member_that_was_thrown_out_commits_nothing(real: RealCluster, topic: NewName) -> None:
    """The broker knows before the member does, and refuses its offsets with all that goes with them."""
    bus = real.bus()
    name, group, listener = await create(bus, topic("out"), partitions=1), topic("g"), Listener()
    at = Partition(name, 0)
    await write(bus, name, 1)
    async with (
        bus.consumer(group=group, topics=[name], listener=listener) as consumer,
        bus.transactions(name=topic("t")) as transactions,
        bus.tail(topics=[name]) as tail,
    ):
        await listener.owns(1)
        listener.go_on.clear()  # so that a member that soon knows does not join again at once
        await asyncio.to_thread(real.throw_out, group)
        with pytest.raises(CommitLost) as caught:
            await transactions.commit([record(name, "zombie")], offsets={at: Commit(1)}, consumer=consumer)
        assert (group, "") == (caught.value.group, caught.value.writer)
        listener.go_on.set()
        await listener.hears("revoked")
        await listener.owns(1)
        await transactions.commit([record(name, "alive")], offsets={at: Commit(1)}, consumer=consumer)
        assert ["alive"] == values(await take(tail, 1))


async def test_a_member_that_is_thrown_out_cannot_commit_and_joins_again(real: RealCluster, topic: NewName) -> None:
    """Its listener hears that the partition left, a commit is refused, and it is assigned anew."""
    bus = real.bus()
    name, group, listener = await create(bus, topic("out"), partitions=1), topic("g"), Listener()
    await write(bus, name, 3)
    async with bus.consumer(group=group, topics=[name], listener=listener) as consumer:
        await take(consumer, 3)
        await asyncio.to_thread(real.throw_out, group)
        await listener.hears("revoked")
        await listener.owns(1)
        assert [what for what, _ in listener.heard] == ["assigned", "revoking", "revoked", "assigned"]
        await consumer.commit({Partition(name, 0): Commit(1)})
    async with bus.consumer(group=group, topics=[name]) as consumer:
        assert values(await take(consumer, 2)) == ["1", "2"]


async def test_a_commit_after_being_thrown_out_is_lost(real: RealCluster, topic: NewName) -> None:
    """Before the member itself knows, the broker does."""
    bus = real.bus()
    name, group, listener = await create(bus, topic("late"), partitions=1), topic("g"), Listener()
    async with bus.consumer(group=group, topics=[name], listener=listener) as consumer:
        await listener.owns(1)
        listener.go_on.clear()  # as above
        await asyncio.to_thread(real.throw_out, group)
        with pytest.raises(CommitLost):
            await consumer.commit({Partition(name, 0): Commit(1)})
        listener.go_on.set()


async def test_a_member_that_is_just_being_thrown_out_can_be_closed(real: RealCluster, topic: NewName) -> None:
    """Although what its listener has heard, its client has not been told yet."""
    bus = real.bus()
    name, group, listener = await create(bus, topic("out"), partitions=1), topic("g"), Listener()
    async with bus.consumer(group=group, topics=[name], listener=listener):
        await listener.owns(1)
        listener.go_on.clear()
        await asyncio.to_thread(real.throw_out, group)
        await listener.hears("revoking")
        listener.go_on.set()
    assert set() == listener.owned


async def test_a_topic_that_the_broker_cannot_make_is_refused(real: RealCluster, topic: NewName) -> None:
    """One broker cannot keep three replicas; that is no outage."""
    async with real.bus().admin() as admin:
        with pytest.raises(BusRefused, match="checking topics"):
            await admin.ensure({topic("three"): TopicSettings(replication=3)})


async def test_two_that_create_the_same_topic_agree(real: RealCluster, topic: NewName) -> None:
    """Processes that start together do not trip over each other."""
    names = {topic(f"race-{at}"): TopicSettings(partitions=1) for at in range(5)}
    bus = real.bus()
    async with bus.admin() as one, bus.admin() as other:
        await asyncio.gather(one.ensure(names), other.ensure(names))


@pytest.mark.parametrize("client", get_args(Client))
async def test_nobody_there_is_unavailable(client: Client) -> None:
    """An address where nothing listens: questions fail in time, and all clients can be closed."""
    nowhere = KafkaSettings(bootstrap=f"127.0.0.1:{free_port()}", producer=ProducerSettings(delivery_timeout=0.2))
    bus = bus_for(nowhere, client)
    async with bus.producer() as producer, bus.consumer(group="g", topics=["t"]) as consumer, bus.reader() as reader:
        with pytest.raises(BusUnavailable):
            producer.send(record("t"))
        with pytest.raises(CommitLost):
            await consumer.commit({Partition("t", 0): Commit(1)})
        assert await consumer.lag() == {}
        with pytest.raises(BusUnavailable):
            await reader.partitions("t")


async def _until_stored(producer: Producer, name: str) -> Receipt:
    """A broker that wakes up may take longer than a record may be on its way."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await producer.put(record(name))
            except DeliveryFailed:
                continue


async def _until_committed(transactions: Transactions, name: str, value: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                await transactions.commit([record(name, value)])
            except BusUnavailable:
                continue
            return


class _Run:
    """Commits transactions one after the other: two records in two partitions, and how many there are."""

    def __init__(self, transactions: Transactions, consumer: Consumer, at: Partition, told: str) -> None:
        self.at = at
        self.done = 0
        self.stop = asyncio.Event()
        self._transactions = transactions
        self._consumer = consumer
        self._told = told
        self._keys = [next(key for key in (b"a", b"b", b"c", b"d") if partition_of(key, 2) == at) for at in range(2)]
        self._moved = asyncio.Event()

    async def goes_on(self, count: int) -> None:
        """Returns when so many more are done."""
        goal = self.done + count
        async with asyncio.timeout(2 * PATIENCE):
            while self.done < goal:
                self._moved.clear()
                await self._moved.wait()

    async def until_stopped(self) -> None:
        while not self.stop.is_set():
            self.done += await self._one()
            self._moved.set()

    async def _one(self) -> bool:
        """Whether it was committed."""
        records = [record(self._told, str(self.done), key=key) for key in self._keys]
        offsets = {self.at: Commit(self.done + 1, str(self.done + 1))}
        try:
            await self._transactions.commit(records, offsets=offsets, consumer=self._consumer)
        except BusUnavailable:
            return False
        except CommitLost:  # a broker that starts anew may have forgotten the member, which joins again
            await asyncio.sleep(0.1)
            return False
        except Undecided:
            return await self._landed()
        return True

    async def _landed(self) -> bool:
        while True:
            try:
                stored = (await self._consumer.committed([self.at])).get(self.at)
            except BusUnavailable:
                continue
            return stored is not None and stored.offset == self.done + 1
