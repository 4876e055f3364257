"""Reads of any part of any partition."""

import time
from collections.abc import Sequence

from kafka import TopicPartition

from bus.errors import UnknownTopic
from bus.kafka import options
from bus.kafka.client import Client, build
from bus.kafka.errors import OutOfRange, TimedOut, mapped
from bus.kafka.mended import MendedConsumer as Native
from bus.kafka.metadata import partitions_of
from bus.kafka.polling import out_of_range, received
from bus.lane import Lane
from bus.records import Bounds, Partition, Received
from runtime.settings.kafka import KafkaSettings

TURN_MS = 20
ANSWER_MS = options.ms(options.ANSWER_SECONDS)


class KafkaReader:
    """Keeps the promises of `bus.ports.Reader`, one read at a time on a thread of its own."""

    def __init__(self, settings: KafkaSettings) -> None:
        # Reads stop at the end, so a fetch never needs to wait for more there, and hold up the next question behind it.
        self._options = options.reading(settings) | {"fetch_max_wait_ms": 10}
        self._lane = Lane("kafka-reader")
        self._client: Client = None  # made at the first use, so that a reader may be made while Kafka is away
        self._known: set[TopicPartition] = set()

    async def close(self) -> None:
        """Ends the client and its thread."""
        await self._lane.end(self._close)

    async def read(self, partition: Partition, offset: int, *, limit: int) -> Sequence[Received]:
        """As `Reader.read`."""
        with mapped("reading"):
            return await self._lane.run(self._read, partition, offset, limit)

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
            return len(await self._lane.run(lambda: partitions_of(self._open(), topic)))

    def _read(self, partition: Partition, offset: int, limit: int) -> list[Received]:
        client, at = self._at(partition)
        end = client.end_offsets([at], timeout_ms=ANSWER_MS)[at]
        if offset >= end:
            return []
        self._seek(client, at, offset)
        try:
            return self._poll(client, at, end, limit)
        except OutOfRange as error:
            raise out_of_range(client, error) from error

    def _seek(self, client: Client, at: TopicPartition, offset: int) -> None:
        """Moves to the offset, unless a read before this one ended there: then what was fetched ahead is of use."""
        client.assign([at])
        state = client._subscription.assignment[at].position  # noqa: SLF001 - `position` would ask the broker
        if state is None or state.offset != offset:
            client.seek(at, offset)

    def _poll(self, client: Client, at: TopicPartition, end: int, limit: int) -> list[Received]:
        deadline = time.monotonic() + options.ANSWER_SECONDS
        while (remaining := deadline - time.monotonic()) > 0:
            # In short turns, as a poll that passes marks of transactions alone goes on until its time is up.
            found = client.poll(timeout_ms=min(options.ms(remaining), TURN_MS), max_records=limit)
            if found:
                return [received(record) for record in found[at]]
            if client.position(at, timeout_ms=ANSWER_MS) >= end:
                return []  # what is left are marks of transactions, which are no records
        raise TimedOut(str(at))

    def _bounds(self, partition: Partition) -> Bounds:
        client, at = self._at(partition)
        earliest = client.beginning_offsets([at], timeout_ms=ANSWER_MS)[at]
        return Bounds(earliest, client.end_offsets([at], timeout_ms=ANSWER_MS)[at])

    def _offset_at(self, partition: Partition, timestamp: int) -> int:
        client, at = self._at(partition)
        # First the end: asked for afterwards, it would lie behind what is written in between, and nobody would read that.
        end = client.end_offsets([at], timeout_ms=ANSWER_MS)[at]
        found = client.offsets_for_times({at: timestamp}, timeout_ms=ANSWER_MS)[at]
        return int(end if found is None else found.offset)

    def _at(self, partition: Partition) -> tuple[Client, TopicPartition]:
        """The client and the partition, which is known to exist: offsets of one that does not are waited for in vain."""
        client, at = self._open(), TopicPartition(*partition)
        if at not in self._known:
            self._known |= {TopicPartition(at.topic, number) for number in partitions_of(client, at.topic)}
            if at not in self._known:
                raise UnknownTopic(topic=f"{at.topic} with a partition {at.partition}")
        return client, at

    def _open(self) -> Client:
        if self._client is None:
            self._client = build(Native, self._options)
        return self._client

    def _close(self) -> None:
        if self._client is not None:
            self._client.close()
