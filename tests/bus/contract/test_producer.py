"""The producer's promises."""

import asyncio

import pytest

from bus.errors import BusFull, DeliveryFailed
from bus.partitioner import partition_of
from bus.ports import Bus
from bus.records import Partition, Record
from runtime.settings.kafka import ProducerSettings
from tests.bus.contract.clusters import Cluster
from tests.bus.contract.helpers import create, record, take, values, write
from tests.fixtures.kafka import NewName


async def test_records_of_a_key_lie_in_the_order_they_were_sent(bus: Bus, topic: NewName) -> None:
    """Sends without waiting keep their order, and receipts say where each record lies."""
    name = await create(bus, topic("order"))
    receipts = await write(bus, name, 300)
    assert list(range(300)) == [receipt.offset for receipt in receipts]
    async with bus.reader() as reader:
        read = await reader.read(Partition(name, receipts[0].partition), 0, limit=1000)
    assert [str(at) for at in range(300)] == values(read)
    assert [receipt.timestamp for receipt in receipts] == [received.timestamp for received in read]


async def test_the_first_records_of_several_topics_keep_their_order_too(bus: Bus, topic: NewName) -> None:
    """Nothing is known of a topic at its first record, and still nothing overtakes."""
    names = [await create(bus, topic("first")) for _ in range(3)]
    async with bus.producer() as producer:
        sent = [(name, producer.send(record(name, str(at)))) for at in range(20) for name in names]
        receipts = [(name, await delivery) for name, delivery in sent]
    for name in names:
        assert list(range(20)) == [receipt.offset for topic, receipt in receipts if topic == name]


async def test_keys_are_placed_as_the_java_client_places_them(bus: Bus, topic: NewName) -> None:
    """The partition follows from murmur2 of the key, or of the partition key where there is one."""
    name = await create(bus, topic("placed"), partitions=7)
    keys = [b"", b"21", b"foobar", "schlüssel".encode(), *(f"doc-{at}".encode() for at in range(20))]
    async with bus.producer() as producer:
        for key in keys:
            receipt = await producer.put(Record(topic=name, key=key, value=b"v"))
            assert partition_of(key, 7) == receipt.partition
            receipt = await producer.put(Record(topic=name, key=b"other", value=b"v", partition_key=key))
            assert partition_of(key, 7) == receipt.partition


async def test_a_record_without_a_key_goes_somewhere(bus: Bus, topic: NewName) -> None:
    """No key means any partition."""
    name = await create(bus, topic("keyless"))
    async with bus.producer() as producer:
        receipt = await producer.put(Record(topic=name, key=None, value=b"v"))
    assert receipt.partition in range(3)


async def test_tombstones_and_headers_arrive_as_they_were_sent(bus: Bus, topic: NewName) -> None:
    """A missing value stays missing, and each header arrives once, as bytes."""
    name = await create(bus, topic("shape"), partitions=1)
    headers = (("user-id", b"alice"), ("raw", b"\x00\xff"))
    async with bus.producer() as producer:
        await producer.put(Record(topic=name, key=b"k", value=None, headers=headers))
    async with bus.reader() as reader:
        (read,) = await reader.read(Partition(name, 0), 0, limit=10)
    assert (b"k", None, headers) == (read.key, read.value, read.headers)
    assert read.header("user-id") == "alice"
    assert read.header("absent") is None


async def test_past_the_limit_send_refuses_at_once_and_put_waits(cluster: Cluster, topic: NewName) -> None:
    """A full producer queues nothing more; a `put` goes out when there is room."""
    bus = cluster.bus(producer=ProducerSettings(max_in_flight=3))
    name = await create(bus, topic("full"), partitions=1)
    async with bus.producer() as producer:
        sent = [producer.send(record(name, str(at))) for at in range(3)]
        with pytest.raises(BusFull) as caught:
            producer.send(record(name, "refused"))
        assert caught.value.limit == 3
        puts = await asyncio.gather(*(producer.put(record(name, f"put {at}")) for at in range(10)))
        assert len({receipt.offset for receipt in puts} | {(await one).offset for one in sent}) == 13
        again = await producer.send(record(name, "again"))
    assert again.offset == 13


async def test_a_cancelled_send_is_sent(bus: Bus, topic: NewName) -> None:
    """Giving up on the receipt does not take the record back."""
    name = await create(bus, topic("cancelled"), partitions=1)
    async with bus.producer() as producer:
        sending = asyncio.ensure_future(producer.send(record(name, "kept")))
        sending.cancel()
        await producer.flush()
    async with bus.reader() as reader:
        assert values(await reader.read(Partition(name, 0), 0, limit=10)) == ["kept"]


async def test_leaving_waits_for_what_is_in_flight(bus: Bus, topic: NewName) -> None:
    """What was sent and not awaited is there after the producer is closed."""
    name = await create(bus, topic("left"), partitions=1)
    async with bus.producer() as producer:
        for at in range(50):
            producer.send(record(name, str(at)))
    async with bus.tail(topics=[name], start={Partition(name, 0): 0}) as tail:
        assert len(await take(tail, 50)) == 50


async def test_a_record_that_is_too_large_fails_for_good(bus: Bus, topic: NewName) -> None:
    """No later attempt would do better, and the failure says so; the next record is not affected."""
    name = await create(bus, topic("large"), partitions=1)
    async with bus.producer() as producer:
        with pytest.raises(DeliveryFailed) as caught:
            await producer.send(Record(topic=name, key=b"k", value=b"x" * 1_100_000))
        assert (name, False) == (caught.value.topic, caught.value.retriable)
        assert (await producer.send(record(name))).offset == 0


async def test_a_record_for_an_unknown_topic_fails(cluster: Cluster, topic: NewName) -> None:
    """A misspelt topic is an error within the delivery timeout, not a new topic."""
    bus = cluster.bus(producer=ProducerSettings(delivery_timeout=1.0))
    async with bus.producer() as producer:
        with pytest.raises(DeliveryFailed):
            await asyncio.wait_for(producer.send(record(topic("nowhere"))), 5)
