"""The bus on Kafka."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager

from bus.kafka import options
from bus.kafka.admin import KafkaAdmin
from bus.kafka.consumer import KafkaConsumer
from bus.kafka.producer import KafkaProducer
from bus.kafka.reader import KafkaReader
from bus.kafka.tail import KafkaTail
from bus.kafka.transactions import KafkaTransactions
from bus.ports import RebalanceListener
from bus.records import Partition
from runtime.settings.kafka import KafkaSettings


class KafkaBus:
    """Makes clients of one cluster, as `bus.ports.Bus` says."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        options.quiet()

    @asynccontextmanager
    async def producer(self) -> AsyncIterator[KafkaProducer]:
        """As `Bus.producer`. Entered while no broker answers, it goes on trying, and refuses records until then."""
        producer = KafkaProducer(self._settings)
        try:
            await producer.open()
            yield producer
        finally:
            await producer.close()

    @asynccontextmanager
    async def transactions(self, *, name: str) -> AsyncIterator[KafkaTransactions]:
        """As `Bus.transactions`. Entered while no broker answers, it goes on trying."""
        transactions = KafkaTransactions(self._settings, name=name)
        try:
            await transactions.open()
            yield transactions
        finally:
            await transactions.close()

    @asynccontextmanager
    async def consumer(
        self, *, group: str, topics: Collection[str], listener: RebalanceListener | None = None
    ) -> AsyncIterator[KafkaConsumer]:
        """As `Bus.consumer`. Entered while no broker answers, it waits for one."""
        consumer = KafkaConsumer(self._settings, group=group, topics=topics, listener=listener)
        try:
            await consumer.open()
            yield consumer
        finally:
            await consumer.close()

    @asynccontextmanager
    async def tail(
        self, *, topics: Collection[str], start: Mapping[Partition, int] | None = None
    ) -> AsyncIterator[KafkaTail]:
        """As `Bus.tail`."""
        tail = KafkaTail(self._settings, topics=topics, start=start or {})
        try:
            await tail.open()
            yield tail
        finally:
            await tail.close()

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[KafkaReader]:
        """As `Bus.reader`."""
        reader = KafkaReader(self._settings)
        try:
            yield reader
        finally:
            await reader.close()

    @asynccontextmanager
    async def admin(self) -> AsyncIterator[KafkaAdmin]:
        """As `Bus.admin`."""
        admin = KafkaAdmin(self._settings)
        try:
            yield admin
        finally:
            await admin.close()
