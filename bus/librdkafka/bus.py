"""The bus on Kafka."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager

from bus.librdkafka.admin import LibrdkafkaAdmin
from bus.librdkafka.consumer import LibrdkafkaConsumer
from bus.librdkafka.producer import LibrdkafkaProducer
from bus.librdkafka.reader import LibrdkafkaReader
from bus.librdkafka.tail import LibrdkafkaTail
from bus.librdkafka.transactions import LibrdkafkaTransactions
from bus.ports import RebalanceListener
from bus.records import Partition
from runtime.settings.kafka import KafkaSettings


class LibrdkafkaBus:
    """Makes clients of one cluster, as `bus.ports.Bus` says."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings

    @asynccontextmanager
    async def producer(self) -> AsyncIterator[LibrdkafkaProducer]:
        """As `Bus.producer`. Entered while no broker answers, it goes on trying, and refuses records until then."""
        producer = LibrdkafkaProducer(self._settings)
        try:
            await producer.open()
            yield producer
        finally:
            await producer.close()

    @asynccontextmanager
    async def transactions(self, *, name: str) -> AsyncIterator[LibrdkafkaTransactions]:
        """As `Bus.transactions`. Entered while no broker answers, it goes on trying."""
        transactions = LibrdkafkaTransactions(self._settings, name=name)
        try:
            await transactions.open()
            yield transactions
        finally:
            await transactions.close()

    @asynccontextmanager
    async def consumer(
        self, *, group: str, topics: Collection[str], listener: RebalanceListener | None = None
    ) -> AsyncIterator[LibrdkafkaConsumer]:
        """As `Bus.consumer`. Entered while no broker answers, it waits for one."""
        consumer = LibrdkafkaConsumer(self._settings, group=group, topics=topics, listener=listener)
        try:
            await consumer.open()
            yield consumer
        finally:
            await consumer.close()

    @asynccontextmanager
    async def tail(
        self, *, topics: Collection[str], start: Mapping[Partition, int] | None = None
    ) -> AsyncIterator[LibrdkafkaTail]:
        """As `Bus.tail`."""
        tail = LibrdkafkaTail(self._settings, topics=topics, start=start or {})
        try:
            await tail.open()
            yield tail
        finally:
            await tail.close()

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[LibrdkafkaReader]:
        """As `Bus.reader`."""
        reader = LibrdkafkaReader(self._settings)
        try:
            yield reader
        finally:
            await reader.close()

    @asynccontextmanager
    async def admin(self) -> AsyncIterator[LibrdkafkaAdmin]:
        """As `Bus.admin`."""
        admin = LibrdkafkaAdmin(self._settings)
        try:
            yield admin
        finally:
            await admin.close()
