"""The bus on Kafka."""

from collections.abc import Collection, Mapping
from contextlib import AbstractAsyncContextManager

from bus.kafka import options
from bus.kafka.admin import KafkaAdmin
from bus.kafka.consumer import KafkaConsumer
from bus.kafka.producer import KafkaProducer
from bus.kafka.reader import KafkaReader
from bus.kafka.tail import KafkaTail
from bus.kafka.transactions import KafkaTransactions
from bus.opened import closed, opened
from bus.ports import RebalanceListener
from bus.records import Partition
from runtime.settings.kafka import KafkaSettings


class KafkaBus:
    """Makes clients of one cluster, as `bus.ports.Bus` says."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        options.quiet()

    def producer(self) -> AbstractAsyncContextManager[KafkaProducer]:
        """As `Bus.producer`. Entered while no broker answers, it goes on trying, and refuses records until then."""
        return opened(lambda: KafkaProducer(self._settings))

    def transactions(self, *, name: str) -> AbstractAsyncContextManager[KafkaTransactions]:
        """As `Bus.transactions`. Entered while no broker answers, it goes on trying."""
        return opened(lambda: KafkaTransactions(self._settings, name=name))

    def consumer(
        self, *, group: str, topics: Collection[str], listener: RebalanceListener | None = None
    ) -> AbstractAsyncContextManager[KafkaConsumer]:
        """As `Bus.consumer`. Entered while no broker answers, it waits for one."""
        return opened(lambda: KafkaConsumer(self._settings, group=group, topics=topics, listener=listener))

    def tail(
        self, *, topics: Collection[str], start: Mapping[Partition, int] | None = None
    ) -> AbstractAsyncContextManager[KafkaTail]:
        """As `Bus.tail`."""
        return opened(lambda: KafkaTail(self._settings, topics=topics, start=start or {}))

    def reader(self) -> AbstractAsyncContextManager[KafkaReader]:
        """As `Bus.reader`."""
        return closed(lambda: KafkaReader(self._settings))

    def admin(self) -> AbstractAsyncContextManager[KafkaAdmin]:
        """As `Bus.admin`."""
        return closed(lambda: KafkaAdmin(self._settings))
