"""What the embedder knows of its own past."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bus.records import Partition, Received, Record
from tests.fixtures.plant import Plant
from workers.known import Known, Written
from workers.lru import Lru
from workers.scribe import type_of
from workers.topics import EMBEDDINGS


def replace_header(name: str, value: bytes) -> Callable[[Record], Record]:
    """What a forger does to a record of ours."""

    def change(record: Record) -> Record:
        return replace(record, headers=tuple((n, value if n == name else v) for n, v in record.headers))

    return change


def chunk(key: bytes = b"pump#0") -> Received:
    """A chunk, as the embedder has it in hand."""
    return Received(topic="rag.chunks", partition=0, offset=5, timestamp=0, key=key, value=b"")


async def test_a_vector_that_is_not_where_it_was_is_made_anew(plant: Plant) -> None:
    """The log was compacted, made anew, or never told us where."""
    known = Known(plant.reader, signer=plant.signer)
    await plant.producer.put(Record(topic=EMBEDDINGS, key=b"other", value=b"", partition_key=b"x"))
    (record,) = await plant.read(EMBEDDINGS)
    at = Received(topic="rag.chunks", partition=record.partition, offset=5, timestamp=0, key=b"pump#0", value=b"")
    for position in (None, 0, 7):
        assert await known.vector(Written("hash", 1, position), at) is None


async def test_what_retention_took_is_made_anew(plant: Plant) -> None:
    """An offset before the first one that is held."""
    known = Known(plant.reader, signer=plant.signer)
    await plant.producer.put(Record(topic=EMBEDDINGS, key=b"pump#0", value=b"", partition_key=b"x"))
    (record,) = await plant.read(EMBEDDINGS)
    plant.bus.trim(Partition(EMBEDDINGS, record.partition), 1)  # type: ignore[attr-defined]  # the bus in memory
    at = Received(topic="rag.chunks", partition=record.partition, offset=5, timestamp=0, key=b"pump#0", value=b"")
    assert await known.vector(Written("hash", 1, 0), at) is None


async def test_what_is_no_embedding_teaches_nothing(plant: Plant) -> None:
    """Nor does one of a partition that is not ours."""
    known = Known(plant.reader, signer=plant.signer)
    broken = Record(topic=EMBEDDINGS, key=b"pump#0", value=b"\xff\xff")
    known.learn(broken, partition=0, position=0)
    assert await known.find(chunk()) is None
    known.learn(broken, partition=0, position=0)
    assert await known.find(chunk()) is None
    known.learn(Record(topic=EMBEDDINGS, key=b"pump#0", value=None), partition=0, position=3)
    assert await known.find(chunk()) == Written("", -1, 3)


@pytest.mark.parametrize("ce_id", [b"\xff", b"x/0/" + b"9" * 5000, "x/0/²".encode(), b""])
async def test_an_id_that_says_no_offset_is_survived(plant: Plant, ce_id: bytes) -> None:
    """Whoever writes one of our records again may put anything into the headers that are not signed."""
    forged = replace_header("ce_id", ce_id)
    receipt = await plant.write(EMBEDDINGS, "pump#0", b"", partition_key="pump", change=forged)
    at = Received(topic="rag.chunks", partition=receipt.partition, offset=5, timestamp=0, key=b"pump#0", value=b"")
    found = await Known(plant.reader, signer=plant.signer).find(at)
    assert found is not None
    assert found.chunk_offset == -1


def test_a_type_that_is_no_text_is_nobodys() -> None:
    """A dead letter has the headers of what somebody forged."""
    assert type_of(Record(topic="t", key=b"k", value=b"", headers=(("ce_type", b"\xff"),))) == "\ufffd"


def test_the_oldest_is_forgotten_first() -> None:
    """What was set again is young again."""
    lru: Lru[str, int] = Lru(2)
    for key, value in (("a", 1), ("b", 2), ("a", 3), ("c", 4)):
        lru.set(key, value)
    assert [lru.get(key) for key in "abc"] == [3, None, 4]
    assert len(lru) == 2
    lru.drop("a")
    lru.drop("a")
    assert lru.get("a") is None
