"""The bus on Kafka."""

from collections.abc import Collection, Mapping
from contextlib import AbstractAsyncContextManager

from bus.librdkafka.admin import LibrdkafkaAdmin
from bus.librdkafka.consumer import LibrdkafkaConsumer
from bus.librdkafka.producer import LibrdkafkaProducer
from bus.librdkafka.reader import LibrdkafkaReader
from bus.librdkafka.tail import LibrdkafkaTail
from bus.librdkafka.transactions import LibrdkafkaTransactions
from bus.opened import closed, opened
from bus.ports import RebalanceListener
from bus.records import Partition
from runtime.settings.kafka import KafkaSettings


class LibrdkafkaBus:
    """Makes clients of one cluster, as `bus.ports.Bus` says."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings

    def producer(self) -> AbstractAsyncContextManager[LibrdkafkaProducer]:
        """As `Bus.producer`. Entered while no broker answers, it goes on trying, and refuses records until then."""
        return opened(lambda: LibrdkafkaProducer(self._settings))

    def transactions(self, *, name: str) -> AbstractAsyncContextManager[LibrdkafkaTransactions]:
        """As `Bus.transactions`. Entered while no broker answers, it goes on trying."""
        return opened(lambda: LibrdkafkaTransactions(self._settings, name=name))

    def consumer(
        self, *, group: str, topics: Collection[str], listener: RebalanceListener | None = None
    ) -> AbstractAsyncContextManager[LibrdkafkaConsumer]:
        """As `Bus.consumer`. Entered while no broker answers, it waits for one."""
        return opened(lambda: LibrdkafkaConsumer(self._settings, group=group, topics=topics, listener=listener))

    def tail(
        self, *, topics: Collection[str], start: Mapping[Partition, int] | None = None
    ) -> AbstractAsyncContextManager[LibrdkafkaTail]:
        """As `Bus.tail`."""
        return opened(lambda: LibrdkafkaTail(self._settings, topics=topics, start=start or {}))

    def reader(self) -> AbstractAsyncContextManager[LibrdkafkaReader]:
        """As `Bus.reader`."""
        return closed(lambda: LibrdkafkaReader(self._settings))

    def admin(self) -> AbstractAsyncContextManager[LibrdkafkaAdmin]:
        """As `Bus.admin`."""
        return closed(lambda: LibrdkafkaAdmin(self._settings))
