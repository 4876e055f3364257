"""Chunks become vectors once, and whatever changes about them is always written."""

from bus.records import Record
from proto.generated.embedding_pb2 import Embedding
from tests.fixtures.plant import Plant
from workers.chunk import decode_embedding
from workers.errors import ModelUnavailable
from workers.topics import CHUNKS, EMBEDDINGS


async def written(plant: Plant, count: int) -> list[Embedding | None]:
    """What is on rag.embeddings, partition by partition, once there are `count` records."""

    async def enough() -> bool:
        return len(await plant.read(EMBEDDINGS)) >= count

    await plant.until(enough)
    return [decode_embedding(one.value) if one.value is not None else None for one in await plant.read(EMBEDDINGS)]


async def forget(plant: Plant) -> None:
    """What `python -m workers replay embedder` does."""
    async with plant.bus.admin() as admin:
        await admin.forget(plant.gateway.workers.embedder.group)


async def test_everything_about_a_chunk_travels_with_its_vector(plant: Plant) -> None:
    """So that an index needs no other topic."""
    await plant.start("embedder")
    await plant.chunk("pump", "It runs", visibility="internal", source_url="http://x/", metadata={"page": 3})
    (embedding,) = await written(plant, 1)
    assert embedding
    assert (embedding.doc_id, embedding.chunk_index, embedding.text) == ("pump", 0, "It runs")
    assert (embedding.visibility, embedding.source_url) == ("internal", "http://x/")
    assert embedding.metadata_json == '{"page":3}'
    assert (embedding.model, embedding.dimensions, len(embedding.vector)) == ("all-MiniLM-L6-v2", 384, 384)
    (record,) = await plant.read(EMBEDDINGS)
    (chunk,) = await plant.read(CHUNKS)
    assert (record.key, record.partition) == (chunk.key, chunk.partition)
    assert record.header("ce_id") == f"rag.chunks/{chunk.partition}/{chunk.offset}"
    assert record.header("content-type") == "application/protobuf"
    assert record.header("user-tier") == "enterprise"


async def test_the_same_text_keeps_its_vector_and_its_new_visibility_is_written(plant: Plant) -> None:
    """Also by an embedder that was started in between: it learns from the log."""
    first = await plant.start("embedder")
    await plant.chunk("pump", "It runs", visibility="public")
    await written(plant, 1)
    await plant.chunk("pump", "It runs", visibility="internal")
    await written(plant, 2)
    await plant.stop(first)
    await plant.start("embedder")
    await plant.chunk("pump", "It runs", visibility="confidential")
    embeddings = await written(plant, 3)
    assert [one.visibility for one in embeddings if one] == ["public", "internal", "confidential"]
    assert len({tuple(one.vector) for one in embeddings if one}) == 1
    assert plant.embedder.texts() == ["It runs"]


async def test_another_text_is_embedded(plant: Plant) -> None:
    """The hash is over the text, and a text that comes back later is another again."""
    await plant.start("embedder")
    for number, text in enumerate(("It runs", "It stands", "It runs")):
        await plant.chunk("pump", text)
        await written(plant, number + 1)
    assert plant.embedder.texts() == ["It runs", "It stands", "It runs"]


async def test_a_deleted_chunk_is_a_deleted_embedding(plant: Plant) -> None:
    """In order with what came before and after it."""
    await plant.start("embedder")
    for text in ("It runs", None, "It runs"):
        await plant.chunk("pump", text)
    found = await written(plant, 3)
    assert [one is None for one in found] == [False, True, False]
    assert plant.embedder.texts() == ["It runs", "It runs"]


async def test_a_poison_text_is_put_aside_alone(plant: Plant) -> None:
    """The others of its batch are embedded."""
    for number in range(8):
        await plant.chunk(f"d{number}", "POISON" if number == 3 else f"text {number}")
    await plant.start("embedder")
    embeddings = await written(plant, 7)
    assert {f"text {number}" for number in range(8) if number != 3} == {one.text for one in embeddings if one}
    (letter,) = await plant.read("rag.dead-letters")
    assert (letter.key, letter.header("dlq-reason")) == (b"d3#0", "model-rejected")


async def test_a_chunk_that_is_none_is_put_aside(plant: Plant) -> None:
    """As is one whose body names another key."""
    await plant.start("embedder")
    await plant.write(CHUNKS, "a#0", b"{")
    await plant.write(CHUNKS, "a#0", b'{"doc_id":"b","chunk_index":0,"text":"t","visibility":"public"}')
    await plant.write(CHUNKS, "a#0", b'{"doc_id":"a","chunk_index":0,"text":"t"}')

    async def enough() -> bool:
        return len(await plant.read("rag.dead-letters")) == 3

    await plant.until(enough)
    assert {"malformed"} == {letter.header("dlq-reason") for letter in await plant.read("rag.dead-letters")}


async def test_a_model_that_is_away_is_waited_for(plant: Plant) -> None:
    """Nothing is lost meanwhile."""
    plant.embedder.failures = [ModelUnavailable(provider="words", status=503, detail="away")] * 2
    await plant.start("embedder")
    await plant.chunk("pump", "It runs")
    assert len(await written(plant, 1)) == 1


async def test_a_replay_embeds_the_log_again(plant: Plant) -> None:
    """Every chunk as it stands, and no version that is out of date: it would show again what was hidden since."""
    first = await plant.start("embedder")
    await plant.chunk("a", "It runs")
    await plant.chunk("b", "It was public once", visibility="public")
    await written(plant, 2)
    await plant.chunk("b", "It is confidential now", visibility="confidential")
    await plant.chunk("c", "It was there once")
    await plant.chunk("c", None)
    await written(plant, 5)
    await plant.stop(first)
    await forget(plant)
    before = len(plant.embedder.texts())
    await plant.start("embedder")
    await written(plant, 8)
    assert set(plant.embedder.texts()[before:]) == {"It runs", "It is confidential now"}


async def test_a_restart_embeds_nothing_again(plant: Plant) -> None:
    """What was committed is done."""
    first = await plant.start("embedder")
    await plant.chunk("a", "It runs")
    await written(plant, 1)
    await plant.stop(first)
    await plant.start("embedder")
    await plant.chunk("b", "It stands")
    await written(plant, 2)
    assert plant.embedder.texts() == ["It runs", "It stands"]


async def test_a_killed_embedder_loses_nothing(plant: Plant) -> None:
    """What it had not committed is done again."""
    for number in range(30):
        await plant.chunk(f"d{number}", f"text {number}")
    first = await plant.start("embedder")
    await written(plant, 3)
    await plant.kill(first)
    await plant.start("embedder")

    async def whole() -> bool:
        return len({record.key for record in await plant.read(EMBEDDINGS)}) == 30

    await plant.until(whole)


async def test_what_others_wrote_to_the_log_is_not_believed(plant: Plant) -> None:
    """A vector without our signature is no vector of ours."""
    body = Embedding(doc_id="pump", content_hash="x", vector=[1.0]).SerializeToString()

    def unsigned(record: Record) -> Record:
        return Record(topic=record.topic, key=record.key, value=record.value, partition_key=b"pump")

    await plant.write(EMBEDDINGS, "pump#0", body, change=unsigned)
    await plant.start("embedder")
    await plant.chunk("pump", "It runs")
    assert len(await written(plant, 2)) == 2
    assert plant.embedder.texts() == ["It runs"]
