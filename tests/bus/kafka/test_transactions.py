"""What only a real broker can do to a transaction: go away in the middle of it, hang, or know better than the member."""

import asyncio
import time
from contextlib import AsyncExitStack
from typing import Any

import pytest

from bus.errors import BusUnavailable, CommitLost, Undecided
from bus.kafka import KafkaBus, options
from bus.kafka.client import build
from bus.kafka.transactional import RETRY_MS, MendedProducer
from bus.partitioner import partition_of
from bus.ports import Consumer, Transactions
from bus.records import Commit, Partition
from local.kafka.broker import KafkaBroker
from runtime.settings.kafka import KafkaSettings
from tests.bus.contract.helpers import PATIENCE, Listener, create, record, take, values, write
from tests.bus.kafka.test_broken import throw_out
from tests.fixtures.kafka import NewName

pytestmark = pytest.mark.kafka


async def test_kills_leave_records_and_offsets_in_step(own_kafka: KafkaBroker, topic: NewName) -> None:
    """Through kills -9 of the broker each transaction is there once, and what was undecided `committed` tells."""
    bus = KafkaBus(KafkaSettings(bootstrap=own_kafka.bootstrap))
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
            await own_kafka.kill()
            await own_kafka.start()
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


async def test_a_broker_that_hangs_is_unavailable_in_time(own_kafka: KafkaBroker, topic: NewName) -> None:
    """Nothing waits for ever: neither entering, nor a commit before or at its end, nor leaving."""
    bus = KafkaBus(KafkaSettings(bootstrap=own_kafka.bootstrap))
    name, writer = await create(bus, topic("hung"), partitions=1), topic("t")
    async with bus.transactions(name=writer) as transactions:
        await transactions.commit([record(name, "before")])
        own_kafka.pause()
        began = time.monotonic()
        with pytest.raises(BusUnavailable):  # it hung before the word could be asked for
            await transactions.commit([record(name, "hung")])
        assert time.monotonic() - began < 25
        own_kafka.resume()
        await _until_committed(transactions, name, "after")
    async with bus.reader() as reader:
        assert ["before", "after"] == values(await reader.read(Partition(name, 0), 0, limit=10))


async def test_a_member_that_was_thrown_out_commits_nothing(kafka: KafkaBroker, topic: NewName) -> None:
    """The broker knows before the member does, and refuses its offsets with all that goes with them."""
    bus = KafkaBus(KafkaSettings(bootstrap=kafka.bootstrap))
    name, group, listener = await create(bus, topic("out"), partitions=1), topic("g"), Listener()
    at = Partition(name, 0)
    await write(bus, name, 1)
    async with (
        bus.consumer(group=group, topics=[name], listener=listener) as consumer,
        bus.transactions(name=topic("t")) as transactions,
        bus.tail(topics=[name]) as tail,
    ):
        await listener.owns(1)
        await asyncio.to_thread(throw_out, kafka.bootstrap, group)
        with pytest.raises(CommitLost) as caught:
            await transactions.commit([record(name, "zombie")], offsets={at: Commit(1)}, consumer=consumer)
        assert (group, "") == (caught.value.group, caught.value.writer)
        await listener.hears("revoked")
        await listener.owns(1)
        await transactions.commit([record(name, "alive")], offsets={at: Commit(1)}, consumer=consumer)
        assert ["alive"] == values(await take(tail, 1))


async def test_a_client_that_is_behind_does_not_end_its_successor(kafka: KafkaBroker, topic: NewName) -> None:
    """Fenced between its records and their acknowledgement, it takes no new epoch, by which it would fence back."""
    settings = KafkaSettings(bootstrap=kafka.bootstrap)
    name, writer = await create(KafkaBus(settings), topic("epoch"), partitions=1), topic("t")
    zombie: Any = await asyncio.to_thread(build, MendedProducer, options.transactions(settings, name=writer))
    try:
        # Of the sender alone, so that a client without a broker does not ask for metadata every few milliseconds.
        assert (RETRY_MS, 100) == (zombie._sender.config["retry_backoff_ms"], zombie.config["retry_backoff_ms"])
        await asyncio.to_thread(zombie.init_transactions)
        zombie.begin_transaction()
        zombie.send(name, value=b"first", partition=0).get(timeout=PATIENCE)
        async with KafkaBus(settings).transactions(name=writer) as successor:
            with pytest.raises(Exception, match=r"(?i)fenced|epoch"):
                await asyncio.to_thread(lambda: zombie.send(name, value=b"late", partition=0).get(timeout=PATIENCE))
            assert zombie._transaction_manager.has_fatal_error()
            await successor.commit([record(name, "good")])
    finally:
        await asyncio.to_thread(zombie.close, 1)
    async with KafkaBus(settings).reader() as reader:
        assert ["good"] == values(await reader.read(Partition(name, 0), 0, limit=10))


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
