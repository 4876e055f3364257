"""The faults of kafka-python's consumer that are mended here; each test fails without its mend."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from bus.kafka import KafkaBus, options
from bus.kafka.client import build
from bus.kafka.mended import MendedConsumer, MendedHeartbeat
from bus.kafka.polling import topic_partitions
from bus.partitioner import partition_of
from bus.records import Partition, Record
from local.kafka.broker import KafkaBroker
from runtime.settings.kafka import KafkaSettings, ProducerSettings
from tests.bus.contract.clusters import RealCluster
from tests.bus.contract.helpers import create, write
from tests.fixtures.kafka import NewName

pytestmark = pytest.mark.kafka

BUSY, OTHER = 0, 1
KEYS = {partition_of(key, 2): key for key in (b"a", b"b", b"c", b"d")}


async def test_a_busy_partition_is_read_without_pauses(kafka: KafkaBroker, topic: NewName) -> None:
    """With answers larger than one poll takes, no poll comes back empty before the end."""
    name = await create(_bus(kafka), topic("busy"), partitions=2)
    async with _bus(kafka, ProducerSettings(delivery_timeout=60.0)).producer() as producer:
        large = Record(topic=name, key=KEYS[BUSY], value=b"x" * 2000)
        await asyncio.gather(*(producer.put(large) for _ in range(3000)))  # six answers of a megabyte
    with _client(kafka, name) as client:
        assert await asyncio.to_thread(_empty_polls, client, 3000) < 3  # a busy machine may owe one or two


async def test_what_was_put_aside_is_taken_up_again(kafka: KafkaBroker, topic: NewName) -> None:
    """A partition that is paused amid its records goes on after the pause, though others were read meanwhile."""
    name = await _written(kafka, topic("aside"))
    busy, _ = topic_partitions([Partition(name, BUSY), Partition(name, OTHER)])
    with _client(kafka, name) as client:
        assert await asyncio.to_thread(_next, client) == (BUSY, b"0")
        client.pause(busy)
        await write(_bus(kafka), name, 1, key=KEYS[OTHER], first=7)
        assert await asyncio.to_thread(_next, client) == (OTHER, b"7")
        client.resume(busy)
        assert [(BUSY, b"1"), (BUSY, b"2")] == [await asyncio.to_thread(_next, client) for _ in range(2)]


async def test_an_attempt_to_join_is_seen_through(kafka: KafkaBroker, topic: NewName) -> None:
    """A member that joins anew for a new partition gets it, however often a poll ends meanwhile."""
    name = await create(_bus(kafka), topic("grown"), partitions=1)
    make = options.member(KafkaSettings(bootstrap=kafka.bootstrap), group=topic("g"))
    with closing(build(MendedConsumer, make)) as client:
        client.subscribe([name])
        for partitions in range(2, 7):
            await asyncio.to_thread(_poll_until, client, partitions - 1)
            await asyncio.to_thread(RealCluster(kafka).grow, name, partitions)


async def _written(kafka: KafkaBroker, name: str) -> str:
    """A topic of two partitions with three records in the first."""
    await create(_bus(kafka), name, partitions=2)
    await write(_bus(kafka), name, 3, key=KEYS[BUSY])
    return name


def _bus(kafka: KafkaBroker, producer: ProducerSettings | None = None) -> KafkaBus:
    return KafkaBus(KafkaSettings(bootstrap=kafka.bootstrap, producer=producer or ProducerSettings()))


@contextmanager
def _client(kafka: KafkaBroker, name: str) -> Iterator[Any]:
    with closing(build(MendedConsumer, options.reading(KafkaSettings(bootstrap=kafka.bootstrap)))) as client:
        both = topic_partitions([Partition(name, BUSY), Partition(name, OTHER)])
        client.assign(both)
        for partition in both:
            client.seek(partition, 0)
        yield client


def _empty_polls(client: Any, count: int) -> int:
    """How many polls of `count` records had none, though there were more."""
    empty = 0
    while count > 0:
        polled = sum(len(records) for records in client.poll(timeout_ms=400, max_records=100).values())
        count -= polled
        empty += polled == 0
        assert empty < 50
    return empty


def _poll_until(client: Any, partitions: int) -> None:
    """Polls in very short turns until so many partitions are assigned."""
    deadline = time.monotonic() + 20
    while len(client.assignment()) != partitions:
        assert time.monotonic() < deadline
        client._cluster.request_update()
        client.poll(timeout_ms=2)


def _next(client: Any) -> tuple[int, bytes]:
    """The partition and value of the next record."""
    for _ in range(20):
        for (record,) in client.poll(timeout_ms=500, max_records=1).values():
            return record.partition, record.value
    msg = "nothing within 10 s"
    raise TimeoutError(msg)


def test_to_have_found_the_coordinator_is_no_sign_of_life() -> None:
    """Only a heartbeat that was answered is, and it counts from when it was sent."""
    heartbeat: Any = MendedHeartbeat(session_timeout_ms=6000, heartbeat_interval_ms=1000)
    heartbeat.reset_timeouts()  # as kafka-python does when it has found the coordinator
    assert heartbeat.heard == float("-inf")

    heartbeat.sent_heartbeat()
    sent = heartbeat.last_send
    heartbeat.received_heartbeat()
    heartbeat.reset_timeouts()
    assert heartbeat.heard == sent
