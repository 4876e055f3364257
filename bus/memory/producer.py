"""The in-memory producer."""

import asyncio
from collections import deque
from collections.abc import Awaitable

from bus.deliveries import Deliveries, Delivery
from bus.errors import BusUnavailable, DeliveryFailed
from bus.memory.cluster import Cluster
from bus.memory.refusal import placed
from bus.records import Receipt, Record
from runtime.settings.kafka import ProducerSettings


class MemoryProducer:
    """Keeps the promises of `bus.ports.Producer`: records queue while the cluster is down, and time out."""

    def __init__(self, cluster: Cluster, settings: ProducerSettings) -> None:
        self._cluster = cluster
        self._deliveries = Deliveries(
            limit=settings.max_in_flight, timeout=settings.delivery_timeout, expired=self._expired
        )
        self._away = False
        self._queue: deque[tuple[Record, Delivery]] = deque()  # bounded by what may be in flight
        self._queued = asyncio.Event()

    def send(self, record: Record) -> Awaitable[Receipt]:
        """As `Producer.send`."""
        if self._away and not self._cluster.available:
            raise BusUnavailable(doing="taking a record")
        delivery = self._deliveries.begin(record.topic)
        self._queue.append((record, delivery))
        self._queued.set()
        return delivery

    async def put(self, record: Record) -> Receipt:
        """As `Producer.put`."""
        if self._away:
            await self._cluster.up()
        await self._deliveries.room()
        return await self.send(record)

    async def flush(self) -> None:
        """As `Producer.flush`."""
        await self._deliveries.empty()

    async def run(self) -> None:
        """Writes what is queued, a loop turn after it was sent and while the cluster is up, until cancelled."""
        while True:
            await self._queued.wait()
            await self._cluster.up()
            self._queued.clear()
            self._away = False
            while self._queue:
                self._write(*self._queue.popleft())

    def _expired(self, topic: str) -> None:
        self._away = not self._cluster.available

    def _write(self, record: Record, delivery: Delivery) -> None:
        if delivery.done() and not delivery.cancelled():
            return  # it has expired, and its sender knows
        try:
            (receipt,) = self._cluster.append_all([placed(self._cluster, record)])
        except DeliveryFailed as error:
            self._deliveries.fail(delivery, error)
        else:
            self._deliveries.succeed(delivery, receipt)
