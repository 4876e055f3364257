"""The producer: kafka-python's, on its own thread, behind a bound on what is in flight."""

import asyncio
from collections import deque
from collections.abc import Awaitable
from contextlib import suppress
from itertools import count
from typing import Any

from kafka import TopicPartition

from bus.deliveries import Deliveries, Delivery
from bus.errors import BusError, BusUnavailable
from bus.kafka import options
from bus.kafka.batches import Batches, encoded
from bus.kafka.client import Client, build
from bus.kafka.driving import DrivenClient, Driver
from bus.kafka.errors import KafkaError, Retriable, TimedOut, bus_error, delivery_error
from bus.kafka.produce_request import PromptProducer as Native
from bus.lane import Lane
from bus.partitioner import partition_of
from bus.records import Receipt, Record
from runtime.settings.kafka import KafkaSettings

Outcome = tuple[Delivery, str, Client, Receipt | Exception]

GRACE_SECONDS = 0.2  # the client's own word on a record that timed out is the better one, so it may speak first


class KafkaProducer:
    """Keeps the promises of `bus.ports.Producer`.

    Sending appends to the client's buffer on the event loop, which never blocks: the one call that would, for the
    partitions of a topic not yet known, happens on a thread while that topic's records wait in order.
    Acknowledgements come on the client's thread; they are collected, and the loop is woken once for all of them.

    A client that let a record time out is replaced: kafka-python (3.0.12) gives up its producer id then, and asks for
    no other, so that it would never send again. What it still holds fails with it, and until the next one has found a
    broker every record is refused at once.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        bounds = settings.producer
        self._options = options.producer(settings)
        self._timeout = bounds.delivery_timeout
        self._deliveries = Deliveries(
            limit=bounds.max_in_flight, timeout=bounds.delivery_timeout + GRACE_SECONDS, expired=self._expired
        )
        self._loop = asyncio.get_running_loop()
        self._lane = Lane("kafka-producer")
        self._client: Client = None
        self._driver: Any = None
        self._batches: Any = None
        self._keyless = count()
        self._refusal: BusError | None = None
        self._closing = False
        self._settled_in = asyncio.Event()  # a client is there, or a broker has refused us
        self._connecting: asyncio.Task[None] | None = None
        self._unknown: dict[str, deque[tuple[Record, Delivery]]] = {}  # bounded by what may be in flight
        self._lookups: set[asyncio.Task[None]] = set()
        self._settled: deque[Outcome] = deque()
        self._waking = False

    def send(self, record: Record) -> Awaitable[Receipt]:
        """As `Producer.send`."""
        if self._client is None:
            raise self._refusal or BusUnavailable(doing="connecting")
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
        while True:
            await self._settled_in.wait()
            await self._deliveries.room()
            if self._settled_in.is_set():
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
        await asyncio.wait({self._connecting}, timeout=self._timeout)
        if self._refusal:
            raise self._refusal

    async def close(self) -> None:
        """Waits for what is in flight, then ends the client's thread."""
        await self.flush()
        self._closing = True
        for task in [task for task in (self._connecting, *self._lookups) if task]:
            await asyncio.wait({task})
        await self._lane.end(lambda: end(self._client))

    async def _connect(self) -> None:
        while not self._closing:
            try:
                client = await self._lane.run(build, Native, self._options, DrivenClient)
            except Retriable:
                continue  # it has tried for a while
            except KafkaError as error:
                self._refusal = bus_error(error, doing="connecting")
            else:
                self._client, self._batches = client, Batches(client)
                self._driver = Driver(client._sender, after=self._settle)  # noqa: SLF001
                self._driver.begin()
            self._settled_in.set()
            return

    async def _replace(self, client: Client) -> None:
        await self._lane.run(drop, client)
        await self._connect()

    def _distrust(self, client: Client) -> None:
        if client is self._client and client is not None:
            self._client = None
            self._settled_in.clear()
            self._connecting = asyncio.create_task(self._replace(client), name="kafka-producer-replace")

    def _expired(self, topic: str) -> None:
        if topic not in self._unknown:
            self._distrust(self._client)

    def _partitions(self, topic: str) -> int:
        """How many partitions the topic has as far as the client knows; 0 where it knows nothing."""
        return len(self._client._metadata.partitions_for_topic(topic) or ())  # noqa: SLF001 - `partitions_for` blocks

    def _look_up(self, record: Record, delivery: Delivery) -> None:
        self._unknown[record.topic] = deque([(record, delivery)])
        lookup = asyncio.create_task(self._resolve(record.topic), name=f"kafka-partitions-{record.topic}")
        self._lookups.add(lookup)
        lookup.add_done_callback(self._lookups.discard)

    async def _resolve(self, topic: str) -> None:
        error: Exception = TimedOut("its partitions are not known")
        try:
            await asyncio.to_thread(self._client.partitions_for, topic)
        except Exception as failure:  # noqa: BLE001 - whatever it is, the records that wait fail with it
            error = failure
        partitions = self._partitions(topic) if self._client else 0
        for record, delivery in self._unknown.pop(topic):
            if not partitions:
                self._deliveries.fail(delivery, delivery_error(error, topic=topic))
            elif delivery.cancelled() or not delivery.done():
                self._submit(record, delivery, partitions)

    def _submit(self, record: Record, delivery: Delivery, partitions: int) -> None:
        key = record.key if record.partition_key is None else record.partition_key
        number = partition_of(key, partitions) if key is not None else next(self._keyless) % partitions
        client, driver = self._client, self._driver

        def heard(outcome: Receipt | Exception) -> None:
            self._heard((delivery, record.topic, client, outcome), driver)

        try:
            written = encoded(record.key, record.value, record.headers)
            self._batches.append(TopicPartition(record.topic, number), written, heard)
        except Exception as error:  # noqa: BLE001 - a refusal is the record's fate, told as any other
            self._deliveries.fail(delivery, delivery_error(error, topic=record.topic))

    def _heard(self, outcome: Outcome, driver: Driver) -> None:
        """Runs once a record, on the loop where that drives the client, else on the client's thread."""
        self._settled.append(outcome)
        if not (self._waking or driver.driving):
            self._waking = True
            with suppress(RuntimeError):  # the loop has ended, and nobody is left to tell
                self._loop.call_soon_threadsafe(self._settle)

    def _settle(self) -> None:
        self._waking = False  # before the first look, so that whatever is appended after the last one wakes again
        while self._settled:
            self._tell(*self._settled.popleft())

    def _tell(self, delivery: Delivery, topic: str, client: Client, outcome: Receipt | Exception) -> None:
        if isinstance(outcome, Exception):
            error = delivery_error(outcome, topic=topic)
            self._deliveries.fail(delivery, error)
            if error.retriable:
                self._distrust(client)
        else:
            self._deliveries.succeed(delivery, outcome)


def end(client: Client) -> None:
    """Closes the client, if there is one; one that cannot say goodbye because no broker listens is dropped."""
    if client is None:
        return
    try:
        client.close(timeout=1.0)
    except KafkaError:
        drop(client)


def drop(client: Client) -> None:
    """Ends the client's thread at once, and fails whatever it holds; `close` would wait for a broker first."""
    client._sender.force_close()  # noqa: SLF001
    client._sender.join(options.ANSWER_SECONDS)  # noqa: SLF001
    with suppress(KafkaError):
        client.close(timeout=0)
