"""A cluster in memory and a real one, with the handles that a test needs to break them."""

from typing import Any, Protocol

from bus.kafka import KafkaBus
from bus.memory import MemoryBus
from bus.ports import Bus
from bus.records import Partition
from local.kafka.broker import KafkaBroker
from runtime.settings.kafka import ConsumerSettings, KafkaSettings, ProducerSettings


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
    """A broker of Apache Kafka."""

    def __init__(self, broker: KafkaBroker) -> None:
        self._broker = broker

    def bus(self, *, producer: ProducerSettings | None = None, consumer: ConsumerSettings | None = None) -> Bus:
        return KafkaBus(
            KafkaSettings(
                bootstrap=self._broker.bootstrap,
                producer=producer or ProducerSettings(),
                consumer=consumer or ConsumerSettings(),
            )
        )

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

    def _admin(self) -> Any:
        return _kafka().KafkaAdminClient(bootstrap_servers=self._broker.bootstrap)


def _kafka() -> Any:
    import kafka  # noqa: PLC0415 - it can only be imported after `bus.kafka`, which knows of its warnings

    return kafka
