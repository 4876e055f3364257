"""kafka-python's transactional producer, and one transaction of it; everything here blocks, within bounds.

A client that has failed once is not used again, so of the faults of release 3.0.12 most cannot do harm: its own `abort`
keeps offsets that were refused and commits them with the next transaction, its waits have no end, and what it calls fatal
stays so. Two are mended here.

1. Between two requests it sleeps for `retry_backoff_ms`, also where the broker is still writing the marks of the transaction
   before, which takes it a few milliseconds; with the default a client makes nine transactions a second.
2. Where a broker does not know the epoch of a record, it takes a new one, without asking whether another writer of the
   name is why; and what the transaction held so far is forgotten, while the rest is committed.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kafka import KafkaProducer, OffsetAndMetadata, TopicPartition

from bus.errors import UnknownTopic
from bus.kafka.client import Client
from bus.kafka.errors import TimedOut, delivery_error
from bus.partitioner import partition_of
from bus.records import Receipt, Record

RETRY_MS = 3
ROUNDS = 3  # the first answer may be to a request that was under way, and did not name the topic


class MendedProducer(KafkaProducer):
    """A transactional producer that retries soon (1), and never takes a new epoch by itself (2)."""

    def __init__(self, **config: Any) -> None:
        init: Callable[..., None] = super().__init__
        init(**config)
        manager: Any = self._transaction_manager
        manager._supports_epoch_bump = lambda: False  # noqa: SLF001 - what it does where brokers are older
        # Of the sender alone: the same option is how often a client asks for metadata while no broker answers.
        self._sender.config["retry_backoff_ms"] = RETRY_MS


@dataclass(frozen=True, slots=True)
class Offsets:
    """What a member of a group commits: `member` is kafka-python's word for who it is."""

    stored: Mapping[TopicPartition, OffsetAndMetadata]
    member: Any


class Transaction:
    """One transaction, from its begin to its end; for one thread.

    Args:
        client: Has been initialised, and is in no transaction.
        seconds: How long `write` may take, and how long `end`.
        keyless: Numbers that choose the partitions of records without a key.
    """

    def __init__(self, client: Client, *, seconds: float, keyless: Iterator[int]) -> None:
        self._client = client
        self._manager = client._transaction_manager  # noqa: SLF001 - its public callers wait without end
        self._seconds = seconds
        self._keyless = keyless
        self._began = time.monotonic()
        self.begun = False

    @property
    def age(self) -> float:
        """Seconds since it was made."""
        return time.monotonic() - self._began

    def cause(self, error: Exception) -> Exception:
        """Why it failed, which kafka-python tells the first caller only, and not every time."""
        first: Exception | None = self._manager.last_error
        return first if self.begun and first is not None else error

    def write(self, records: Sequence[Record], offsets: Offsets | None) -> list[Receipt]:
        """Writes everything, so that only the word is missing.

        Raises:
            DeliveryFailed: A record was refused.
            KafkaError: Anything else went wrong.
        """
        places = [self._place(record) for record in records]
        adding = self._begin(places, offsets)
        sent = [self._send(record, place) for record, place in zip(records, places, strict=True)]
        if adding is not None:
            self._wait(adding, self._left())
        return [self._receipt(record, sending) for record, sending in zip(records, sent, strict=True)]

    def end(self) -> None:
        """Commits.

        Raises:
            KafkaError: Nobody said that it is.
        """
        self._wait(self._manager.begin_commit(), self._seconds)

    def _begin(self, places: Sequence[TopicPartition], offsets: Offsets | None) -> Any:
        with self._manager._lock:  # noqa: SLF001 - so that all partitions go to the broker in one request
            self._manager.begin_transaction()
            self.begun = True
            for place in places:
                self._manager.maybe_add_partition_to_transaction(place)
            return self._manager.send_offsets_to_transaction(offsets.stored, offsets.member) if offsets else None

    def _place(self, record: Record) -> TopicPartition:
        try:
            self._client._ensure_valid_record_size(_size(self._client, record))  # noqa: SLF001 - before anything is begun
            count = self._partitions(record.topic)
        except Exception as error:
            raise delivery_error(error, topic=record.topic) from error
        key = record.key if record.partition_key is None else record.partition_key
        return TopicPartition(record.topic, next(self._keyless) % count if key is None else partition_of(key, count))

    def _partitions(self, topic: str) -> int:
        """How many partitions the topic has.

        Raises:
            UnknownTopic: A broker says that there is none.
            TimedOut: None answered.
        """
        for _ in range(ROUNDS):
            if known := self._client._metadata.partitions_for_topic(topic):  # noqa: SLF001 - `partitions_for` takes "unknown" for an outage
                return len(known)
            self._refresh(topic)
        raise UnknownTopic(topic=topic)

    def _refresh(self, topic: str) -> None:
        self._client._metadata.add_topic(topic)  # noqa: SLF001 - as above
        answered = threading.Event()
        update = self._client._metadata.request_update()  # noqa: SLF001
        update.add_both(lambda _: answered.set())
        self._client._sender.wakeup()  # noqa: SLF001
        if not answered.wait(self._left()):
            raise TimedOut(topic)

    def _send(self, record: Record, place: TopicPartition) -> Any:
        return self._client.send(
            record.topic, key=record.key, value=record.value, headers=list(record.headers), partition=place.partition
        )

    def _receipt(self, record: Record, sending: Any) -> Receipt:
        try:
            sent = sending.get(timeout=self._left())
        except Exception as error:
            raise delivery_error(error, topic=record.topic) from error
        return Receipt(topic=sent.topic, partition=sent.partition, offset=sent.offset, timestamp=sent.timestamp)

    def _wait(self, result: Any, seconds: float) -> None:
        self._client._sender.wakeup()  # noqa: SLF001
        if not result.wait(timeout_ms=1000 * seconds):
            raise TimedOut("no answer about a transaction")

    def _left(self) -> float:
        return max(self._seconds - self.age, 0.0)


def _size(client: Client, record: Record) -> int:
    size: int = client._estimate_size_in_bytes(record.key, record.value, list(record.headers))  # noqa: SLF001
    return size
