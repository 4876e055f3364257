"""One transaction of librdkafka's transactional producer; everything here blocks, within bounds."""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from confluent_kafka import KafkaError, KafkaException, Message, Producer, TopicPartition, murmur2

from bus.errors import UnknownTopic
from bus.librdkafka.counts import Counts
from bus.librdkafka.errors import delivery_error
from bus.records import Commit, Partition, Receipt, Record

MEMBER = b"CGMDv2:"  # how librdkafka writes down who a member is: this, the generation in 4 bytes, and names
UNDO_SECONDS = 1.0  # after this, a broker aborts for the next client of the name

Report = tuple[KafkaError | None, Message]


@dataclass(frozen=True, slots=True)
class Offsets:
    """What a member of a group commits: `member` is librdkafka's word for who it is."""

    stored: Mapping[Partition, Commit]
    member: bytes

    def native(self) -> list[TopicPartition]:
        """As confluent-kafka wants them."""
        return [TopicPartition(*at, commit.offset, metadata=commit.note) for at, commit in self.stored.items()]


def is_member(member: bytes) -> bool:
    """Whether librdkafka takes itself for a member of the group at all, in the words that `Offsets` has of it.

    It forgets that as soon as it hears that the group has gone on, and tells its consumer later; and offsets of nobody a
    broker takes from anybody, where they come in a transaction.
    """
    return member.startswith(MEMBER) and int.from_bytes(member[len(MEMBER) :][:4], sys.byteorder, signed=True) >= 0


class Transaction:
    """One transaction, from its begin to its end; for one thread.

    Args:
        native: Has been initialised, and is in no transaction.
        seconds: How long `write` may take, and how long `end`.
        counts: The partitions of topics, which all transactions of a writer share.
        keyless: Numbers that choose the partitions of records without a key.
    """

    def __init__(self, native: Producer, *, seconds: float, counts: Counts, keyless: Iterator[int]) -> None:
        self._native = native
        self._seconds = seconds
        self._counts = counts
        self._keyless = keyless
        self._began = time.monotonic()
        self._reports: dict[int, Report] = {}
        self.begun = False

    @property
    def age(self) -> float:
        """Seconds since it was made."""
        return time.monotonic() - self._began

    def write(self, records: Sequence[Record], offsets: Offsets | None) -> list[Receipt]:
        """Writes everything, so that only the word is missing.

        Raises:
            DeliveryFailed: A record was refused.
            KafkaException: Anything else went wrong.
        """
        places = [self._place(record) for record in records]
        self.begun = True  # so that it is undone also where it cannot begin, and we are told why
        self._native.begin_transaction()
        for at, (record, place) in enumerate(zip(records, places, strict=True)):
            self._send(at, record, place)
        if offsets:
            self._native.send_offsets_to_transaction(offsets.native(), offsets.member, self._left())
        self._native.flush(self._left())
        return [self._receipt(at, record) for at, record in enumerate(records)]

    def end(self) -> None:
        """Commits.

        Raises:
            KafkaException: Nobody said that it is.
        """
        self._native.commit_transaction(self._seconds)

    def undo(self) -> Exception | None:
        """Aborts; what librdkafka says if that cannot be done at once, which includes why it is beyond repair."""
        try:
            self._native.abort_transaction(UNDO_SECONDS)
        except KafkaException as cause:
            return cause
        return None

    def _place(self, record: Record) -> int:
        try:
            count = self._counts.of(record.topic, self._native, seconds=self._left())
            if not count:
                raise UnknownTopic(topic=record.topic)  # noqa: TRY301 - told as any other fate
        except Exception as error:
            raise delivery_error(error, topic=record.topic) from error
        key = record.key if record.partition_key is None else record.partition_key
        return next(self._keyless) % count if key is None else murmur2(key, count)

    def _send(self, at: int, record: Record, place: int) -> None:
        told = partial(self._heard, at)
        try:
            self._native.produce(record.topic, record.value, record.key, place, told, headers=list(record.headers))
        except Exception as error:
            raise delivery_error(error, topic=record.topic) from error

    def _heard(self, at: int, error: KafkaError | None, message: Message) -> None:
        self._reports[at] = (error, message)

    def _receipt(self, at: int, record: Record) -> Receipt:
        timed_out = KafkaError(KafkaError._TIMED_OUT)  # noqa: SLF001 - how the library names its own codes
        error, message = self._reports.get(at, (timed_out, None))
        partition, offset = (message.partition(), message.offset()) if message else (None, None)
        if error is not None or message is None or partition is None or offset is None:
            raise delivery_error(error or timed_out, topic=record.topic)
        return Receipt(topic=record.topic, partition=partition, offset=offset, timestamp=message.timestamp()[1])

    def _left(self) -> float:
        return max(self._seconds - self.age, 0.0)
