"""The producer: librdkafka's, behind a bound on what is in flight."""

import asyncio
from collections import deque
from collections.abc import Awaitable
from contextlib import suppress

from confluent_kafka import KafkaError, KafkaException, Message, murmur2
from confluent_kafka import Producer as Native

from bus.deliveries import Deliveries, Delivery
from bus.errors import BusError, BusUnavailable, DeliveryFailed
from bus.lane import Lane
from bus.librdkafka import options
from bus.librdkafka.client import ANY, Client, drop, partitions_of, reaches
from bus.librdkafka.errors import bus_error, delivery_error, is_fatal
from bus.records import Receipt, Record
from runtime.settings.kafka import KafkaSettings

GRACE_SECONDS = 0.2  # the client's own word on a record that timed out is the better one, so it may speak first
AGAIN_SECONDS = 0.1  # between two questions for a topic that is not there
RECOUNT_SECONDS = 60.0  # how long a partition that was added may go without records


class LibrdkafkaProducer:
    """Keeps the promises of `bus.ports.Producer`.

    Sending hands a record to librdkafka on the event loop, which never blocks, and its own thread sends at once: records
    share a batch while others are on their way, and a lone one waits for nothing. The one question that blocks, for the
    partitions of a topic, is asked on a thread while that topic's records wait in order; we choose the partition, since
    librdkafka would choose by the key alone.

    A client that let a record time out is replaced. It would go on by itself, but it looks for what has timed out once a
    second only, and so might send what was already reported as failed. What it still holds fails with it, and until the
    next one has found a broker every record is refused at once.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        bounds = settings.producer
        self._options = options.producer(settings)
        self._timeout = bounds.delivery_timeout
        self._deliveries = Deliveries(
            limit=bounds.max_in_flight, timeout=bounds.delivery_timeout + GRACE_SECONDS, expired=self._expired
        )
        self._lane = Lane("librdkafka-producer")
        self._client: Client | None = None
        self._refusal: BusError | None = None
        self._closing = False
        self._settled_in = asyncio.Event()  # a client is there, or a broker has refused us
        self._connecting: asyncio.Task[None] | None = None
        self._recounting: asyncio.Task[None] | None = None
        self._partitions: dict[str, int] = {}
        self._unknown: dict[str, deque[tuple[Record, Delivery]]] = {}  # bounded by what may be in flight
        self._lookups: set[asyncio.Task[None]] = set()

    def send(self, record: Record) -> Awaitable[Receipt]:
        """As `Producer.send`."""
        if self._client is None:
            raise self._refusal or BusUnavailable(doing="connecting")
        delivery = self._deliveries.begin(record.topic)
        if record.topic in self._unknown:
            self._unknown[record.topic].append((record, delivery))
        elif partitions := self._partitions.get(record.topic):
            self._submit(self._client, record, delivery, partitions)
        else:
            self._look_up(self._client.native, record, delivery)
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
        self._connecting = asyncio.create_task(self._connect(), name="librdkafka-producer-connect")
        self._recounting = asyncio.create_task(self._recount(), name="librdkafka-producer-recount")
        await asyncio.wait({self._connecting}, timeout=self._timeout)
        if self._refusal:
            raise self._refusal

    async def close(self) -> None:
        """Waits for what is in flight, then ends the client."""
        await self.flush()
        self._closing = True
        if self._recounting:
            self._recounting.cancel()
        for task in [task for task in (self._connecting, self._recounting, *self._lookups) if task]:
            await asyncio.wait({task})
        if client := self._client:
            self._client = None
            await self._end(client)
        await self._lane.end()

    async def _connect(self) -> None:
        client = Client(self._options, self._heard)
        try:
            while not self._closing:
                if await self._lane.run(reaches, client.native):
                    self._client = client
                    break
        except KafkaException as error:
            self._refusal = bus_error(error, doing="connecting")
        if self._client is None:
            await self._end(client)
        self._settled_in.set()

    async def _replace(self, client: Client) -> None:
        await self._end(client)
        if not self._closing:
            await self._connect()

    async def _end(self, client: Client) -> None:
        await self._lane.run(drop, client.detach())
        client.settle()

    def _distrust(self, client: Client | None) -> None:
        if client is self._client and client is not None:
            self._client = None
            self._settled_in.clear()
            client.native.purge(blocking=False)  # now: from the next turn of the loop on, senders know that it failed
            self._connecting = asyncio.create_task(self._replace(client), name="librdkafka-producer-replace")

    def _expired(self, topic: str) -> None:
        if topic not in self._unknown:
            self._distrust(self._client)

    def _look_up(self, native: Native, record: Record, delivery: Delivery) -> None:
        self._unknown[record.topic] = deque([(record, delivery)])
        lookup = asyncio.create_task(self._resolve(native, record.topic), name=f"librdkafka-partitions-{record.topic}")
        self._lookups.add(lookup)
        lookup.add_done_callback(self._lookups.discard)

    async def _resolve(self, native: Native, topic: str) -> None:
        error = DeliveryFailed(topic=topic, reason="its partitions are not known", retriable=True)
        try:
            self._partitions[topic] = await self._ask(native, topic)
        except Exception as failure:  # noqa: BLE001 - whatever it is, the records that wait fail with it
            error = delivery_error(failure, topic=topic)
        for record, delivery in self._unknown.pop(topic):
            partitions = self._partitions.get(topic, 0)
            if not partitions or self._client is None:
                self._deliveries.fail(delivery, error)
            elif delivery.cancelled() or not delivery.done():
                self._submit(self._client, record, delivery, partitions)

    async def _ask(self, native: Native, topic: str) -> int:
        """How many partitions a topic has; 0 if it has not appeared within the delivery timeout."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._timeout
        while (left := deadline - loop.time()) > 0 and not self._closing:
            if found := await asyncio.to_thread(partitions_of, native, topic, seconds=left):
                return found
            await asyncio.sleep(AGAIN_SECONDS)
        return 0

    async def _recount(self) -> None:
        """Asks again for the partitions of the topics that were written to, from time to time."""
        while True:
            await asyncio.sleep(RECOUNT_SECONDS)
            for topic in list(self._partitions):
                with suppress(KafkaException):
                    if client := self._client:
                        ask = asyncio.to_thread(partitions_of, client.native, topic, seconds=options.ANSWER_SECONDS)
                        self._partitions[topic] = await ask

    def _submit(self, client: Client, record: Record, delivery: Delivery, partitions: int) -> None:
        key = record.key if record.partition_key is None else record.partition_key
        try:
            client.produce(record, ANY if key is None else murmur2(key, partitions), delivery)
        except Exception as refused:  # noqa: BLE001 - a refusal is the record's fate, told as any other
            self._deliveries.fail(delivery, delivery_error(refused, topic=record.topic))
            self._partitions.pop(record.topic, None)  # it may be gone, or have been made anew
            if is_fatal(refused):
                self._distrust(client)

    def _heard(self, client: Client, delivery: Delivery, error: KafkaError | None, message: Message) -> None:
        topic, partition, offset = message.topic(), message.partition(), message.offset()
        if error is None and topic is not None and partition is not None and offset is not None:
            receipt = Receipt(topic=topic, partition=partition, offset=offset, timestamp=message.timestamp()[1])
            self._deliveries.succeed(delivery, receipt)
            return
        failed = delivery_error(error or KafkaError(KafkaError.UNKNOWN), topic=topic or "")
        self._deliveries.fail(delivery, failed)
        if failed.retriable:
            self._distrust(client)
