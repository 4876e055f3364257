"""The bus in memory: the same promises as Kafka, without a broker, for tests and for reading the code."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager, suppress

from bus.errors import BusError
from bus.memory.admin import MemoryAdmin
from bus.memory.cluster import Clock, Cluster, wall_clock
from bus.memory.consumer import MemoryConsumer
from bus.memory.producer import MemoryProducer
from bus.memory.reader import MemoryReader
from bus.memory.tail import MemoryTail
from bus.memory.transactions import MemoryTransactions
from bus.ports import RebalanceListener
from bus.records import Partition
from runtime.settings.kafka import ConsumerSettings, ProducerSettings


class MemoryBus:
    """Makes clients that share one cluster in memory, as `bus.ports.Bus` says. What is written lives as long as this.

    `stop` and `start` are the broker's outage; `trim` is retention, `grow` an operator who adds partitions, `expel` the end of a
    session, and `doubt` a
    broker that goes away while it commits.

    Args:
        producer: Bounds of its producers.
        consumer: Bounds of its consumers.
        clock: Gives the records' timestamps, in ms since the epoch; it must not run backwards.
    """

    def __init__(
        self,
        *,
        producer: ProducerSettings | None = None,
        consumer: ConsumerSettings | None = None,
        clock: Clock = wall_clock,
    ) -> None:
        self._producer = producer or ProducerSettings()
        self._consumer = consumer or ConsumerSettings()
        self._cluster = Cluster(clock)

    def like(
        self, *, producer: ProducerSettings | None = None, consumer: ConsumerSettings | None = None
    ) -> "MemoryBus":
        """Another bus on the same cluster, with bounds of its own: what another process would have."""
        other = MemoryBus(producer=producer, consumer=consumer)
        other._cluster = self._cluster
        return other

    @asynccontextmanager
    async def producer(self) -> AsyncIterator[MemoryProducer]:
        """As `Bus.producer`."""
        producer = MemoryProducer(self._cluster, self._producer)
        writing = asyncio.create_task(producer.run(), name="memory-producer")
        try:
            yield producer
        finally:
            await producer.flush()
            await _end(writing)

    @asynccontextmanager
    async def transactions(self, *, name: str) -> AsyncIterator[MemoryTransactions]:
        """As `Bus.transactions`."""
        yield MemoryTransactions(self._cluster, name=name)

    @asynccontextmanager
    async def consumer(
        self, *, group: str, topics: Collection[str], listener: RebalanceListener | None = None
    ) -> AsyncIterator[MemoryConsumer]:
        """As `Bus.consumer`."""
        consumer = MemoryConsumer(self._cluster, self._consumer, group=group, topics=topics, listener=listener)
        joining = asyncio.create_task(consumer.join(), name="memory-join")
        joining.add_done_callback(consumer.joined)
        try:
            yield consumer
        finally:
            await _end(joining)
            await consumer.leave()

    @asynccontextmanager
    async def tail(
        self, *, topics: Collection[str], start: Mapping[Partition, int] | None = None
    ) -> AsyncIterator[MemoryTail]:
        """As `Bus.tail`."""
        yield MemoryTail(self._cluster, topics=topics, start=start or {}, max_batch=self._consumer.max_batch)

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[MemoryReader]:
        """As `Bus.reader`."""
        yield MemoryReader(self._cluster)

    @asynccontextmanager
    async def admin(self) -> AsyncIterator[MemoryAdmin]:
        """As `Bus.admin`."""
        yield MemoryAdmin(self._cluster)

    def stop(self) -> None:
        """Nothing answers from here on."""
        self._cluster.available = False

    def start(self) -> None:
        """Ends an outage."""
        self._cluster.available = True

    def doubt(self, *, landed: bool) -> None:
        """Makes the next transaction that could be committed raise `Undecided`, having `landed` or not.

        Called again before that, it speaks of the one after.
        """
        self._cluster.doubt(landed=landed)

    async def expel(self, group: str) -> None:
        """Throws the oldest member out of a group, without a word to it: its session has timed out."""
        await self._cluster.group(group).expel()

    def trim(self, partition: Partition, offset: int) -> None:
        """Forgets the records before `offset`, as retention does."""
        self._cluster.log(partition).trim(offset)

    def grow(self, topic: str, partitions: int) -> None:
        """Gives a topic more partitions."""
        self._cluster.grow(topic, partitions)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError, BusError):
        await task
