"""Reads of any part of any partition."""

import asyncio
import time
from collections.abc import Sequence

from confluent_kafka import Consumer as Native
from confluent_kafka import KafkaError, KafkaException, Message, TopicPartition

from bus.errors import OffsetOutOfRange, UnknownTopic
from bus.lane import Lane
from bus.librdkafka import options
from bus.librdkafka.errors import mapped
from bus.librdkafka.partitions import END, offsets_at, partitions_of, received
from bus.librdkafka.patience import patiently
from bus.librdkafka.polling import raise_unless_end
from bus.records import Bounds, Partition, Received
from runtime.settings.kafka import KafkaSettings

IDLE_SECONDS = 1.0  # how long a reader that stopped in the middle stays ready to go on there


class LibrdkafkaReader:
    """Keeps the promises of `bus.ports.Reader`, one read at a time on a thread of its own."""

    def __init__(self, settings: KafkaSettings) -> None:
        # Reads stop at the end, so a fetch never needs to wait for more there, and hold up the next question behind it.
        self._options = options.reading(settings) | {"fetch.wait.max.ms": 10, "queued.min.messages": 1000}
        self._lane = Lane("kafka-reader")
        self._client: Native | None = None  # made at the first use
        self._known: set[Partition] = set()
        self._stands: tuple[Partition, int] | None = None  # where the client goes on by itself
        self._idle: asyncio.TimerHandle | None = None

    async def close(self) -> None:
        """Ends the client and its thread."""
        self._busy()
        await self._lane.end(self._close)

    async def read(self, partition: Partition, offset: int, *, limit: int) -> Sequence[Received]:
        """As `Reader.read`."""
        self._busy()
        with mapped("reading"):
            found = await self._lane.run(self._read, partition, offset, limit)
        self._busy()
        self._idle = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._rest)
        return found

    async def bounds(self, partition: Partition) -> Bounds:
        """As `Reader.bounds`."""
        with mapped("asking for offsets"):
            return await self._lane.run(self._bounds, partition)

    async def offset_at(self, partition: Partition, timestamp: int) -> int:
        """As `Reader.offset_at`."""
        with mapped("asking for an offset by time"):
            return await self._lane.run(self._offset_at, partition, timestamp)

    async def partitions(self, topic: str) -> int:
        """As `Reader.partitions`."""
        with mapped("asking for partitions"):
            return len(await self._lane.run(lambda: patiently(partitions_of, self._open(), topic)))

    def _read(self, partition: Partition, offset: int, limit: int) -> list[Received]:
        client = self._at(partition)
        if self._stands != (partition, offset):
            client.assign([TopicPartition(*partition, offset)])
        self._stands = None
        try:
            return self._poll(client, partition, limit)
        except OffsetOutOfRange as error:
            if offset < error.earliest:
                raise OffsetOutOfRange(partition=partition, offset=offset, earliest=error.earliest) from error
            return []  # it is behind the end
        finally:
            if self._stands is None:
                client.unassign()  # where it stands there is nothing to fetch, which it would go on trying

    def _poll(self, client: Native, partition: Partition, limit: int) -> list[Received]:
        deadline = time.monotonic() + options.ANSWER_SECONDS
        while (remaining := deadline - time.monotonic()) > 0:
            first = client.poll(remaining)
            if first is None:
                break
            found = [first, *(client.consume(limit - 1, 0) if limit > 1 else ())]
            records = [received(message) for message in found if message.error() is None]
            ended = self._ends(client, [message for message in found if message.error() is not None])
            if records and not ended:
                self._stands = partition, records[-1].offset + 1
            if records or ended:
                return records
        raise KafkaException(KafkaError(KafkaError._TIMED_OUT))  # noqa: SLF001 - how the library names its own codes

    def _ends(self, client: Native, told: Sequence[Message]) -> bool:
        """Whether the end is told beside the records."""
        for message in told:
            raise_unless_end(client, message)
        return bool(told)

    def _bounds(self, partition: Partition) -> Bounds:
        ask = self._at(partition).get_watermark_offsets
        return Bounds(*patiently(ask, TopicPartition(*partition), timeout=options.ANSWER_SECONDS))

    def _offset_at(self, partition: Partition, timestamp: int) -> int:
        client = self._at(partition)
        # First the end: asked for afterwards, it would lie behind what is written in between, and nobody would read that.
        end = patiently(offsets_at, client, {partition: END})[partition]
        found = patiently(offsets_at, client, {partition: timestamp})[partition]
        return found if found >= 0 else end

    def _at(self, partition: Partition) -> Native:
        """The client, once the partition is known to exist: offsets of one that does not are waited for in vain."""
        client = self._open()
        if partition not in self._known:
            numbers = patiently(partitions_of, client, partition.topic)
            self._known |= {Partition(partition.topic, number) for number in numbers}
            if partition not in self._known:
                raise UnknownTopic(topic=f"{partition.topic} with a partition {partition.number}")
        return client

    def _open(self) -> Native:
        if self._client is None:
            self._client = Native(self._options)
        return self._client

    def _busy(self) -> None:
        if self._idle:
            self._idle.cancel()
            self._idle = None

    def _rest(self) -> None:
        task = asyncio.ensure_future(self._lane.run(self._leave))
        task.add_done_callback(lambda done: done.cancelled() or done.exception())

    def _leave(self) -> None:
        if self._client is not None and self._stands is not None:
            self._stands = None
            self._client.unassign()

    def _close(self) -> None:
        if self._client is not None:
            self._client.close()
