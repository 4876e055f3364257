"""A batch holds the bytes that kafka-python would write, and tells those who wait for its records."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from kafka import TopicPartition
from kafka.record.default_records import DefaultRecordBatch
from kafka.record.memory_records import MemoryRecordsBuilder

from bus.kafka.batches import Batch, Records, Waiting, encoded
from bus.records import Headers, Receipt

AT = TopicPartition("orders", 3)
KEYS = st.none() | st.binary(max_size=40)
HEADERS = st.lists(st.tuples(st.text(max_size=12), st.binary(max_size=40)), max_size=5).map(tuple)
RECORDS = st.lists(
    st.tuples(KEYS, KEYS | st.sampled_from([b"x" * 3000]), HEADERS, st.integers(min_value=-5, max_value=5000)),
    min_size=1,
)
BATCH_BYTES = 16384


def theirs(records: list[tuple[bytes | None, bytes | None, Headers, int]], *, first: int) -> bytes:
    """A batch as kafka-python makes it."""
    builder: Any = MemoryRecordsBuilder(2, 0, BATCH_BYTES)
    for key, value, headers, after in records:
        builder.append(first + after, key, value, list(headers))
    builder.set_producer_state(7, 1, 0, False)
    builder.close()
    return bytes(builder.buffer())


@given(records=RECORDS)
def test_a_batch_is_byte_for_byte_kafka_pythons(records: list[tuple[bytes | None, bytes | None, Headers, int]]) -> None:
    """Keys and values that are there, empty or missing, headers, times that go back, and as many as fit."""
    ours: Any = Records(0, BATCH_BYTES)
    taken = [
        ours.take(1_700_000_000_000 + after, encoded(key, value, headers)) for key, value, headers, after in records
    ]
    ours.set_producer_state(7, 1, 0, False)
    ours.close()
    assert bytes(ours.buffer()) == theirs(records, first=1_700_000_000_000)
    assert taken[0]
    assert sum(taken) == DefaultRecordBatch(bytes(ours.buffer()))._header_data[-1]


def test_a_closed_batch_takes_nothing() -> None:
    """It may be on its way already, or come back from one that failed."""
    records: Any = Records(0, BATCH_BYTES)
    records.take(1, encoded(b"k", b"v", ()))
    records.close()
    assert not records.take(2, encoded(b"k", b"v", ()))


def test_who_waits_is_told_where_its_record_lies() -> None:
    """Each by its place in the batch, at its own time, or at the broker's where that stamps records."""
    heard: list[Receipt | Exception] = []
    for stamped in (-1, 9):
        batch: Any = Batch(AT, Records(0, BATCH_BYTES))
        for _ in range(2):
            assert batch.take(encoded(b"k", b"v", ()), heard.append)
        batch.complete(100, stamped)
    assert [(one.topic, one.partition, one.offset) for one in heard if isinstance(one, Receipt)] == [
        ("orders", 3, 100),
        ("orders", 3, 101),
    ] * 2
    assert [one.timestamp == 9 for one in heard if isinstance(one, Receipt)] == [False, False, True, True]


def test_who_waits_is_told_why_there_is_none() -> None:
    """By the reason of each record."""
    heard: list[Receipt | Exception] = []
    batch: Any = Batch(AT, Records(0, BATCH_BYTES))
    for _ in range(2):
        batch.take(encoded(b"k", b"v", ()), heard.append)
    batch.complete_exceptionally(KeyError(), KeyError)
    assert [error.args for error in heard if isinstance(error, KeyError)] == [(0,), (1,)]


def test_who_waits_moves_with_a_batch_that_is_taken_apart() -> None:
    """Where a batch was too large for the broker, the smaller ones answer for its records."""
    heard: list[Receipt | Exception] = []
    smaller: Any = Batch(AT, Records(0, BATCH_BYTES))
    Waiting(AT, 5, 1, heard.append).rebind(smaller.produce_future, 0)
    smaller.complete(200, -1)
    assert heard == [Receipt(topic="orders", partition=3, offset=200, timestamp=1)]
