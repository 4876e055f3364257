"""What only a real broker can do to a client: hang, throw it out, or turn it away."""

import asyncio
import time
from typing import Any

import pytest

from bus.errors import BusRefused, BusUnavailable, CommitLost, DeliveryFailed
from bus.kafka import KafkaBus
from bus.records import Commit, Partition
from local.kafka.broker import KafkaBroker
from local.kafka.ports import free_port
from runtime.settings.kafka import KafkaSettings, ProducerSettings, TopicSettings
from tests.bus.contract.helpers import Listener, create, record, take, values, write
from tests.fixtures.kafka import NewName

pytestmark = pytest.mark.kafka


def _bus(bootstrap: str, *, delivery_timeout: float = 20.0) -> KafkaBus:
    return KafkaBus(KafkaSettings(bootstrap=bootstrap, producer=ProducerSettings(delivery_timeout=delivery_timeout)))


async def test_a_broker_that_hangs_is_noticed_in_time(own_kafka: KafkaBroker, topic: NewName) -> None:
    """With its connections open and nothing answered, a send still fails within the delivery timeout, and recovers."""
    bus = _bus(own_kafka.bootstrap, delivery_timeout=2.0)
    name = await create(bus, topic("hung"), partitions=1)
    async with bus.producer() as producer:
        await producer.put(record(name))
        own_kafka.pause()
        began = time.monotonic()
        with pytest.raises(DeliveryFailed):
            await producer.send(record(name))
        assert time.monotonic() - began < 5  # a busy machine is given three seconds more
        with pytest.raises(BusUnavailable):
            producer.send(record(name))
        own_kafka.resume()
        assert (await asyncio.wait_for(producer.put(record(name)), 30)).offset > 0


async def test_a_member_that_is_thrown_out_cannot_commit_and_joins_again(kafka: KafkaBroker, topic: NewName) -> None:
    """Its listener hears that the partition left, a commit is refused, and it is assigned anew."""
    bus = _bus(kafka.bootstrap)
    name, group, listener = await create(bus, topic("out"), partitions=1), topic("g"), Listener()
    await write(bus, name, 3)
    async with bus.consumer(group=group, topics=[name], listener=listener) as consumer:
        await take(consumer, 3)
        await asyncio.to_thread(throw_out, kafka.bootstrap, group)
        await listener.hears("revoked")
        await listener.owns(1)
        assert [what for what, _ in listener.heard] == ["assigned", "revoking", "revoked", "assigned"]
        await consumer.commit({Partition(name, 0): Commit(1)})
    async with bus.consumer(group=group, topics=[name]) as consumer:
        assert values(await take(consumer, 2)) == ["1", "2"]


async def test_a_commit_after_being_thrown_out_is_lost(kafka: KafkaBroker, topic: NewName) -> None:
    """Before the member itself knows, the broker does."""
    bus = _bus(kafka.bootstrap)
    name, group, listener = await create(bus, topic("late"), partitions=1), topic("g"), Listener()
    async with bus.consumer(group=group, topics=[name], listener=listener) as consumer:
        await listener.owns(1)
        await asyncio.to_thread(throw_out, kafka.bootstrap, group)
        with pytest.raises(CommitLost):
            await consumer.commit({Partition(name, 0): Commit(1)})


async def test_a_topic_that_the_broker_cannot_make_is_refused(kafka: KafkaBroker, topic: NewName) -> None:
    """One broker cannot keep three replicas; that is no outage."""
    async with _bus(kafka.bootstrap).admin() as admin:
        with pytest.raises(BusRefused, match="checking topics"):
            await admin.ensure({topic("three"): TopicSettings(replication=3)})


async def test_two_that_create_the_same_topic_agree(kafka: KafkaBroker, topic: NewName) -> None:
    """Processes that start together do not trip over each other."""
    names = {topic(f"race-{at}"): TopicSettings(partitions=1) for at in range(5)}
    bus = _bus(kafka.bootstrap)
    async with bus.admin() as one, bus.admin() as other:
        await asyncio.gather(one.ensure(names), other.ensure(names))


async def test_nobody_there_is_unavailable() -> None:
    """An address where nothing listens: questions fail in time, and all clients can be closed."""
    bus = _bus(f"127.0.0.1:{free_port()}", delivery_timeout=0.2)
    async with bus.producer() as producer, bus.consumer(group="g", topics=["t"]) as consumer, bus.reader() as reader:
        with pytest.raises(BusUnavailable):
            producer.send(record("t"))
        with pytest.raises(CommitLost):
            await consumer.commit({Partition("t", 0): Commit(1)})
        assert await consumer.lag() == {}
        with pytest.raises(BusUnavailable):
            await reader.partitions("t")


def throw_out(bootstrap: str, group: str) -> None:
    """Removes every member of a group, which none of them is told."""
    import kafka.admin  # noqa: PLC0415 - it can only be imported after `bus.kafka`, which knows of its warnings

    make: Any = kafka.admin.KafkaAdminClient
    with make(bootstrap_servers=bootstrap) as admin:
        members = admin.describe_groups([group])[group]["members"]
        admin.remove_group_members(group, [kafka.admin.MemberToRemove(one["member_id"]) for one in members])
