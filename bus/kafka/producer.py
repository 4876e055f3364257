"""The producer: kafka-python's, on its own thread, behind a bound on what is in flight."""

import asyncio
from collections import deque
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any

from kafka import KafkaProducer as Native

from bus.deliveries import Deliveries, Delivery
from bus.errors import BusUnavailable
from bus.kafka import options
from bus.kafka.client import Client, build
from bus.kafka.errors import KafkaError, Retriable, delivery_error, mapped
from bus.partitioner import partition_of
from bus.records import Receipt, Record
from runtime.settings.kafka import KafkaSettings

GRACE_SECONDS = 0.2  # the client's own word on a record that timed out is the better one, so it may speak first


class KafkaProducer:
    """Keeps the promises of `bus.ports.Producer`.

    Sending appends to the client's buffer on the event loop, which never blocks: the one call that would, for the
    partitions of a topic not yet known, happens on a thread while that topic's records wait in order.
    Acknowledgements come on the client's thread; they are collected, and the loop is woken once for all of them.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        bounds = settings.producer
        self._options = options.producer(settings)
        self._timeout = bounds.delivery_timeout
        self._deliveries = Deliveries(limit=bounds.max_in_flight, timeout=bounds.delivery_timeout + GRACE_SECONDS)
        self._loop = asyncio.get_running_loop()
        self._client: Client = None
        self._connecting: asyncio.Task[None] | None = None
        self._unknown: dict[str, deque[tuple[Record, Delivery]]] = {}  # bounded by what may be in flight
        self._lookups: set[asyncio.Task[None]] = set()
        self._settled: deque[tuple[Delivery, str, Any]] = deque()
        self._waking = False

    def send(self, record: Record) -> Awaitable[Receipt]:
        """As `Producer.send`."""
        if self._client is None:
            raise BusUnavailable(doing="connecting")
        delivery = self._deliveries.begin(record.topic)
        if record.topic in self._unknown:
            self._unknown[record.topic].append((record, delivery))
        elif partitions := self._partitions(record.topic):
            self._submit(record, delivery, partitions)
        else:
            self._look_up(record, delivery)
        return delivery

    async def put(self, record: Record) -> Receipt:
        """As `Producer.put`."""
        if self._connecting:
            await asyncio.shield(self._connecting)
        await self._deliveries.room()
        return await self.send(record)

    async def flush(self) -> None:
        """As `Producer.flush`."""
        await self._deliveries.empty()

    async def open(self) -> None:
        """Connects; where no broker answers in time, goes on trying.

        Raises:
            BusRefused: A broker answered, and does not want us.
        """
        self._connecting = asyncio.create_task(self._connect(), name="kafka-producer-connect")
        done, _ = await asyncio.wait({self._connecting}, timeout=self._timeout)
        with mapped("connecting"):
            for connecting in done:
                connecting.result()

    async def close(self) -> None:
        """Waits for what is in flight, then ends the client's thread."""
        await self.flush()
        if self._connecting:
            self._connecting.cancel()
            await asyncio.wait({self._connecting})
        for lookup in list(self._lookups):
            await asyncio.wait({lookup})
        if self._client:
            await asyncio.shield(asyncio.to_thread(_end, self._client))

    async def _connect(self) -> None:
        while self._client is None:
            attempt = asyncio.create_task(asyncio.to_thread(build, Native, self._options))
            try:
                with suppress(Retriable):
                    self._client = await asyncio.shield(attempt)
            except asyncio.CancelledError:
                with suppress(KafkaError):
                    self._client = await attempt  # it is bounded, and its sockets are ours to close
                raise

    def _partitions(self, topic: str) -> int:
        """How many partitions the topic has as far as the client knows; 0 where it knows nothing."""
        return len(self._client._metadata.partitions_for_topic(topic) or ())  # noqa: SLF001 - `partitions_for` blocks

    def _look_up(self, record: Record, delivery: Delivery) -> None:
        self._unknown[record.topic] = deque([(record, delivery)])
        lookup = asyncio.create_task(self._resolve(record.topic), name=f"kafka-partitions-{record.topic}")
        self._lookups.add(lookup)
        lookup.add_done_callback(self._lookups.discard)

    async def _resolve(self, topic: str) -> None:
        error: Exception | None = None
        try:
            await asyncio.to_thread(self._client.partitions_for, topic)
        except Exception as failure:  # noqa: BLE001 - whatever it is, the records that wait fail with it
            error = failure
        for record, delivery in self._unknown.pop(topic):
            if error:
                self._deliveries.fail(delivery, delivery_error(error, topic=topic))
            elif delivery.cancelled() or not delivery.done():
                self._submit(record, delivery, self._partitions(topic))

    def _submit(self, record: Record, delivery: Delivery, partitions: int) -> None:
        key = record.key if record.partition_key is None else record.partition_key
        try:
            sending = self._client.send(
                record.topic,
                key=record.key,
                value=record.value,
                headers=list(record.headers),
                partition=None if key is None else partition_of(key, partitions),
            )
        except Exception as error:  # noqa: BLE001 - a refusal is the record's fate, told as any other
            self._deliveries.fail(delivery, delivery_error(error, topic=record.topic))
        else:
            sending.add_both(self._heard, delivery, record.topic)

    def _heard(self, delivery: Delivery, topic: str, outcome: Any) -> None:
        """Runs on the client's thread, once a record."""
        self._settled.append((delivery, topic, outcome))
        if not self._waking:
            self._waking = True
            with suppress(RuntimeError):  # the loop has ended, and nobody is left to tell
                self._loop.call_soon_threadsafe(self._settle)

    def _settle(self) -> None:
        self._waking = False  # before the first look, so that whatever is appended after the last one wakes again
        while self._settled:
            self._tell(*self._settled.popleft())

    def _tell(self, delivery: Delivery, topic: str, outcome: Any) -> None:
        if isinstance(outcome, Exception):
            self._deliveries.fail(delivery, delivery_error(outcome, topic=topic))
        else:
            receipt = Receipt(
                topic=outcome.topic, partition=outcome.partition, offset=outcome.offset, timestamp=outcome.timestamp
            )
            self._deliveries.succeed(delivery, receipt)


def _end(client: Client) -> None:
    """Closes the client; one that cannot say goodbye because no broker listens is made to go."""
    try:
        client.close(timeout=1.0)
    except KafkaError:
        client._sender.force_close()  # noqa: SLF001 - `close` gives up before it ends the thread
        client._sender.join(options.ANSWER_SECONDS)  # noqa: SLF001
        client.close(timeout=0)
