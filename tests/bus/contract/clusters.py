"""A cluster in memory and a real one, which each client library reaches, with the handles that a test needs to break them."""

import time
from pathlib import Path
from typing import Any, Protocol

from bus.choice import bus_for
from bus.memory import MemoryBus
from bus.ports import Bus
from bus.records import Partition
from local.kafka.broker import KafkaBroker
from runtime.settings.kafka import Client, ConsumerSettings, KafkaSettings, ProducerSettings


class Cluster(Protocol):
    """A cluster under test."""

    def bus(self, *, producer: ProducerSettings | None = None, consumer: ConsumerSettings | None = None) -> Bus:
        """A bus with these bounds."""

    async def stop(self) -> None:
        """Begins an outage."""

    async def start(self) -> None:
        """Ends it."""

    def trim(self, partition: Partition, offset: int) -> None:
        """Forgets the records before `offset`, as retention does."""

    def grow(self, topic: str, partitions: int) -> None:
        """Gives a topic more partitions."""


class MemoryCluster:
    """Every bus made here shares one cluster, as every client of one broker does."""

    def __init__(self) -> None:
        self._first = MemoryBus()

    def bus(self, *, producer: ProducerSettings | None = None, consumer: ConsumerSettings | None = None) -> Bus:
        return self._first.like(producer=producer, consumer=consumer)

    async def stop(self) -> None:
        self._first.stop()

    async def start(self) -> None:
        self._first.start()

    def trim(self, partition: Partition, offset: int) -> None:
        self._first.trim(partition, offset)

    def grow(self, topic: str, partitions: int) -> None:
        self._first.grow(topic, partitions)


class RealCluster:
    """A broker of Apache Kafka, spoken to by one of the client libraries."""

    def __init__(self, broker: KafkaBroker, client: Client = "kafka-python") -> None:
        self._broker = broker
        self._client = client

    def bus(self, *, producer: ProducerSettings | None = None, consumer: ConsumerSettings | None = None) -> Bus:
        settings = KafkaSettings(
            bootstrap=self._broker.bootstrap,
            producer=producer or ProducerSettings(),
            consumer=consumer or ConsumerSettings(),
        )
        return bus_for(settings, self._client)

    async def stop(self) -> None:
        await self._broker.kill()

    async def start(self) -> None:
        await self._broker.start()

    def trim(self, partition: Partition, offset: int) -> None:
        with self._admin() as admin:
            admin.delete_records({_kafka().TopicPartition(*partition): offset})

    def grow(self, topic: str, partitions: int) -> None:
        with self._admin() as admin:
            admin.create_partitions({topic: partitions})

    def pause(self) -> None:
        """Freezes the broker: connections stay open and nothing answers."""
        self._broker.pause()
        while not self._is_frozen():  # a signal reaches the threads of a process one after the other
            time.sleep(0.001)

    def resume(self) -> None:
        """Ends a pause."""
        self._broker.resume()

    def _is_frozen(self) -> bool:
        tasks = Path(f"/proc/{self._broker.pid}/task")
        return all(stat.read_text().rpartition(")")[2].split()[0] == "T" for stat in tasks.glob("*/stat"))

    def throw_out(self, group: str) -> None:
        """Removes every member of a group, which none of them is told. Blocks."""
        with self._admin() as admin:
            members = admin.describe_groups([group])[group]["members"]
            removed = [_kafka().admin.MemberToRemove(one["member_id"]) for one in members]
            admin.remove_group_members(group, removed)

    def _admin(self) -> Any:
        return _kafka().KafkaAdminClient(bootstrap_servers=self._broker.bootstrap)


def _kafka() -> Any:
    import kafka.admin  # noqa: PLC0415

    import bus.kafka  # noqa: F401, PLC0415 - it knows of the warnings that the next one makes

    return kafka
