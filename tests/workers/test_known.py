"""What the embedder knows of its own past."""

from bus.records import Partition, Received, Record
from tests.fixtures.plant import Plant
from workers.known import Known, Written
from workers.lru import Lru
from workers.topics import EMBEDDINGS


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
