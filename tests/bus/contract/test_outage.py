"""What happens while nothing answers, and afterwards; a real broker is killed with -9."""

import asyncio
from contextlib import AsyncExitStack, suppress

import pytest

from bus.errors import BusUnavailable, DeliveryFailed
from bus.ports import Producer
from bus.records import Commit, Partition, Receipt
from runtime.settings.kafka import ProducerSettings
from tests.bus.contract.clusters import Cluster
from tests.bus.contract.helpers import PATIENCE, Listener, Progress, create, record, take, values, write
from tests.fixtures.kafka import NewName

IMPATIENT = ProducerSettings(delivery_timeout=2.0)


async def test_a_send_fails_in_time_and_works_again_without_a_restart(own_cluster: Cluster, topic: NewName) -> None:
    """In an outage a send fails within the delivery timeout, the next are refused at once, and later ones work."""
    bus = own_cluster.bus(producer=IMPATIENT)
    name = await create(bus, topic("down"), partitions=1)
    async with bus.producer() as producer:
        await _until_acknowledged(producer, name, "before")
        await own_cluster.stop()
        with pytest.raises(DeliveryFailed) as caught:
            await asyncio.wait_for(producer.send(record(name, "lost")), 5)
        assert caught.value.retriable
        with pytest.raises(BusUnavailable):
            producer.send(record(name, "refused"))
        await own_cluster.start()
        receipt = await _until_acknowledged(producer, name, "after")
    async with bus.reader() as reader:
        read = values(await reader.read(Partition(name, 0), 0, limit=10))
    assert read[0] == "before"
    assert "refused" not in read
    assert read[receipt.offset] == "after"


async def test_acknowledged_records_outlive_an_outage_in_order(own_cluster: Cluster, topic: NewName) -> None:
    """Each receipt given before, during and after names the place where the record lies, once."""
    bus = own_cluster.bus(producer=IMPATIENT)
    name = await create(bus, topic("kept"), partitions=1)
    async with bus.producer() as producer:
        writing = asyncio.create_task(_write_through(producer, name, 300))
        await asyncio.sleep(0.3)  # somewhere in the middle, and never at the same place
        await own_cluster.stop()
        await asyncio.sleep(2.5)  # longer than the delivery timeout, so that deliveries fail
        await own_cluster.start()
        receipts = await asyncio.wait_for(writing, PATIENCE)
    async with bus.tail(topics=[name], start={Partition(name, 0): 0}) as tail:
        end = (await tail.ends())[Partition(name, 0)]
        read = values(await take(tail, end))
    assert [str(at) for at in range(300)] == [read[receipt.offset] for receipt in receipts]
    assert sorted(receipts, key=lambda receipt: receipt.offset) == receipts


async def test_readers_go_on_after_an_outage(own_cluster: Cluster, topic: NewName) -> None:
    """A consumer and a tail wait, and read on from where they were; commits fail meanwhile and work again."""
    bus = own_cluster.bus(producer=IMPATIENT)
    name, group, listener, progress = await create(bus, topic("on"), partitions=2), topic("g"), Listener(), Progress()
    async with AsyncExitStack() as stack:
        consumer = await stack.enter_async_context(bus.consumer(group=group, topics=[name], listener=listener))
        tail = await stack.enter_async_context(bus.tail(topics=[name]))
        by_consumer = await stack.enter_async_context(progress.reading(consumer))
        by_tail = await stack.enter_async_context(progress.reading(tail))
        await write(own_cluster.bus(), name, 5)
        await progress.until(lambda: len(by_consumer) == len(by_tail) == 5)
        at = by_consumer[0].at
        await own_cluster.stop()
        asked = await asyncio.gather(consumer.commit({at: Commit(5)}), tail.ends(), return_exceptions=True)
        assert [BusUnavailable] * 2 == [type(answer) for answer in asked]
        await own_cluster.start()
        async with bus.producer() as producer:
            for number in range(5, 10):
                await _until_acknowledged(producer, name, str(number))
        await progress.until(lambda: "9" in values(by_consumer) and "9" in values(by_tail))
        await consumer.commit({at: Commit(10)})
        assert tail.positions()[at] >= 10
    assert [str(number) for number in range(10)] == list(dict.fromkeys(values(by_consumer)))
    assert [str(number) for number in range(10)] == list(dict.fromkeys(values(by_tail)))


async def test_questions_are_answered_again_after_an_outage(own_cluster: Cluster, topic: NewName) -> None:
    """Reader and admin report the outage and need no restart."""
    bus = own_cluster.bus(producer=IMPATIENT)
    name = await create(bus, topic("asked"), partitions=1)
    at = Partition(name, 0)
    await write(own_cluster.bus(), name, 3)
    async with bus.reader() as reader, bus.admin() as admin:
        await admin.ping()
        assert (await reader.bounds(at)).end == 3
        await own_cluster.stop()
        asked = await asyncio.gather(admin.ping(), reader.bounds(at), return_exceptions=True)
        assert [BusUnavailable] * 2 == [type(answer) for answer in asked]
        await own_cluster.start()
        await admin.ping()
        assert values(await reader.read(at, 0, limit=10)) == ["0", "1", "2"]


async def test_what_is_entered_during_an_outage_works_after_it(own_cluster: Cluster, topic: NewName) -> None:
    """A producer refuses and a consumer waits until a broker is there; a tail cannot know where the end is."""
    bus = own_cluster.bus(producer=IMPATIENT)
    name = await create(bus, topic("early"), partitions=1)
    await own_cluster.stop()
    async with bus.producer() as producer, bus.consumer(group=topic("g"), topics=[name]) as consumer:
        with pytest.raises((BusUnavailable, DeliveryFailed)):
            await producer.send(record(name, "refused"))
        with pytest.raises(BusUnavailable):
            async with bus.tail(topics=[name]):
                pass
        putting = asyncio.create_task(_until_put(producer, name, "waited"))
        await own_cluster.start()
        await asyncio.wait_for(putting, PATIENCE)
        assert "waited" in values(await take(consumer, 1))


async def test_everything_can_be_closed_during_an_outage(own_cluster: Cluster, topic: NewName) -> None:
    """Leaving never hangs on a broker that is gone."""
    bus = own_cluster.bus(producer=IMPATIENT)
    name, listener = await create(bus, topic("closed"), partitions=1), Listener()
    async with asyncio.timeout(PATIENCE), AsyncExitStack() as stack:
        producer = await stack.enter_async_context(bus.producer())
        reader = await stack.enter_async_context(bus.reader())
        await stack.enter_async_context(bus.tail(topics=[name]))
        await stack.enter_async_context(bus.consumer(group=topic("g"), topics=[name], listener=listener))
        await _until_acknowledged(producer, name, "before")
        await reader.bounds(Partition(name, 0))
        await listener.owns(1)
        await own_cluster.stop()
        producer.send(record(name, "lost"))
    assert not listener.owned


async def _until_acknowledged(producer: Producer, name: str, value: str) -> Receipt:
    """Sends until it is acknowledged, as a client of the edge would."""
    async with asyncio.timeout(PATIENCE):
        while True:
            with suppress(DeliveryFailed, BusUnavailable):
                return await producer.send(record(name, value))
            await asyncio.sleep(0.05)


async def _until_put(producer: Producer, name: str, value: str) -> Receipt:
    """Puts until it is acknowledged, as a worker would."""
    while True:
        with suppress(DeliveryFailed):
            return await producer.put(record(name, value))


async def _write_through(producer: Producer, name: str, count: int) -> list[Receipt]:
    return [await _until_put(producer, name, str(number)) for number in range(count)]
