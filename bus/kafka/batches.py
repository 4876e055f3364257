"""What becomes of a record between `send` and its acknowledgement, with less in between than in kafka-python.

Release 3.0.12 measures a record, writes it a byte at a time, and makes a future with a lock and two callbacks of it.
Here a record is written once, from pieces, and what waits for it is told by its batch. Batches are otherwise
kafka-python's own: its sender numbers, sends, retries, splits and gives them up.
"""

import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from kafka import TopicPartition
from kafka.errors import IllegalStateError, MessageSizeTooLargeError
from kafka.producer.producer_batch import ProducerBatch
from kafka.record.default_records import DefaultRecordBatchBuilder
from kafka.record.memory_records import MemoryRecordsBuilder

from bus.kafka.varints import varint
from bus.records import Headers, Receipt

Heard = Callable[[Receipt | Exception], None]

MAGIC = 2
_ALONE = DefaultRecordBatchBuilder.HEADER_STRUCT.size + DefaultRecordBatchBuilder.MAX_RECORD_OVERHEAD
_NULL = varint(-1)


def encoded(key: bytes | None, value: bytes | None, headers: Headers) -> bytes:
    """A record of message format 2, from its key on: all that does not depend on the batch that it comes into."""
    parts = [
        _NULL if key is None else varint(len(key)) + key,
        _NULL if value is None else varint(len(value)),
        value or b"",
        varint(len(headers)),
    ]
    for name, content in headers:
        parts += (_name(name), varint(len(content)), content)
    return b"".join(parts)


class Batches:
    """Appends to the batches of one kafka-python producer. For one thread."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._accumulator = client._accumulator  # noqa: SLF001 - kafka-python offers no other way in
        self._wakeup: Callable[[], None] = client._sender.wakeup  # noqa: SLF001 - as above
        self._largest = int(client.config["max_request_size"])
        self._batch_size = int(self._accumulator.config["batch_size"])
        self._compression = int(self._accumulator.config["compression_attrs"])

    def append(self, at: TopicPartition, record: bytes, heard: Heard) -> None:
        """Appends a record that is `encoded`; `heard` is told of its receipt, or why there is none, on any thread.

        Raises:
            KafkaError: It is too large, or the producer is closed.
        """
        if len(record) + _ALONE > self._largest:
            raise MessageSizeTooLargeError(f"{len(record)} bytes")
        accumulator = self._accumulator
        accumulator._appends_in_progress.increment()  # noqa: SLF001 - whoever aborts all batches waits for this one
        try:
            with accumulator._tp_lock(at):  # noqa: SLF001 - as above
                if accumulator._closed:  # noqa: SLF001 - as above
                    raise IllegalStateError("the producer is closed")
                waiting = accumulator._batches[at]  # noqa: SLF001 - as above
                if waiting and type(waiting[-1]) is Batch and waiting[-1].take(record, heard):
                    return
                batch = Batch(at, Records(self._compression, self._batch_size))
                batch.take(record, heard)
                waiting.append(batch)
                accumulator._incomplete.add(batch)  # noqa: SLF001 - as above
        finally:
            accumulator._appends_in_progress.decrement()  # noqa: SLF001 - as above
        self._wakeup()


class Batch(ProducerBatch):
    """A batch that tells those who wait for its records itself."""

    def take(self, record: bytes, heard: Heard) -> bool:
        """Takes an encoded record, if there is room: the first one always."""
        records: Records = self.records
        now = int(time.time() * 1000)
        if not records.take(now, record):
            return False
        self.max_record_size = max(self.max_record_size, len(record))
        self._record_futures.append(Waiting(self.topic_partition, records.next_offset() - 1, now, heard))
        return True

    def _complete_future(self, base_offset: int, timestamp_ms: int, failure: Any) -> None:
        complete: Callable[..., None] = super()._complete_future
        complete(base_offset, timestamp_ms, failure)
        outcome = (base_offset, timestamp_ms, failure)
        for waiting in self._record_futures:
            waiting.ended(outcome)


class Waiting:
    """Whoever waits for one record."""

    __slots__ = ("_at", "_heard", "_index", "_timestamp")

    def __init__(self, at: TopicPartition, index: int, timestamp: int, heard: Heard) -> None:
        self._at = at
        self._index = index
        self._timestamp = timestamp
        self._heard = heard

    def ended(self, outcome: tuple[int, int | None, Callable[[int], Exception] | None]) -> None:
        """The batch has its outcome: the offset of its first record, the broker's time, and what failed."""
        base, stamped, failure = outcome
        if failure is not None:
            self._heard(failure(self._index))
            return
        timestamp = self._timestamp if stamped in {None, -1} else int(stamped or 0)
        self._heard(
            Receipt(topic=self._at.topic, partition=self._at.partition, offset=base + self._index, timestamp=timestamp)
        )

    def rebind(self, future: Any, index: int) -> None:
        """Called by kafka-python where a batch was too large for the broker: the record is in a smaller one now."""
        self._index = index
        future._add_cb_eb(self.ended, self._heard)  # noqa: SLF001 - as kafka-python's own future does


class Records(MemoryRecordsBuilder):
    """The bytes of a batch."""

    def __init__(self, compression: int, batch_size: int) -> None:
        init: Callable[..., None] = super().__init__
        init(MAGIC, compression, batch_size)

    def take(self, now: int, record: bytes) -> bool:
        """As `Batch.take`."""
        if self._closed:
            return False
        builder: Any = self._builder
        first = builder._first_timestamp is None  # noqa: SLF001 - what its own `append` does, but for the encoding
        if first:
            builder._first_timestamp = builder._max_timestamp = now  # noqa: SLF001 - as above
        offset: int = self._next_offset
        message = b"\x00%b%b%b" % (varint(now - builder._first_timestamp), varint(offset), record)  # noqa: SLF001 - as above
        length = varint(len(message))
        buffer = builder._buffer  # noqa: SLF001 - as above
        if not first and len(length) + len(message) + len(buffer) > builder._batch_size:  # noqa: SLF001 - as above
            return False
        builder._max_timestamp = max(builder._max_timestamp, now)  # noqa: SLF001 - as above
        builder._num_records += 1  # noqa: SLF001 - as above
        builder._last_offset = offset  # noqa: SLF001 - as above
        buffer += length
        buffer += message
        self._next_offset = offset + 1
        return True


@lru_cache(maxsize=256)
def _name(name: str) -> bytes:
    written = name.encode()
    return varint(len(written)) + written
