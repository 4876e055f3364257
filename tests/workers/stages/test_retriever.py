"""A context holds what its caller may see, and no more."""

import orjson

from schemas.context import decode
from schemas.validator import SchemaValidators
from tests.fixtures.plant import Plant
from workers.errors import ModelRejected
from workers.ports import Hit, Passage
from workers.topics import CONTEXTS, DEAD_LETTERS, QUERIES, RESULTS


async def context_of(plant: Plant, key: str) -> dict[str, object]:
    """The headers of a context that decodes, with its passages' labels."""

    async def there() -> bool:
        return any(record.key == key.encode() for record in await plant.read(CONTEXTS))

    await plant.until(there)
    (record,) = [one for one in await plant.read(CONTEXTS) if one.key == key.encode()]
    context = decode(record.value or b"")
    return {
        "asked_at": context.asked_at,
        "top_k": context.top_k,
        "labels": sorted(passage.visibility for passage in context.passages),
        "type": record.header("ce_type"),
        "id": record.header("ce_id"),
        "asked-at": record.header("asked-at"),
        "tier": record.header("user-tier"),
    }


async def with_chunks(plant: Plant) -> None:
    """One of each label, twice."""
    await plant.start("embedder")
    for number in range(2):
        for visibility in ("public", "internal", "confidential"):
            await plant.chunk(f"{visibility}-{number}", f"The {visibility} pump {number}", visibility=visibility)
    await plant.start("retriever")
    await plant.until(lambda: len(plant.index.entries) == 6)


async def test_a_tier_sees_its_labels(plant: Plant) -> None:
    """An unknown tier sees those of the lowest; a tier in the body changes nothing."""
    await with_chunks(plant)
    two = {"free": ["public"] * 2, "standard": ["internal", "internal", "public", "public"], "golden": ["public"] * 2}
    for tier, labels in two.items():
        key = f"as-{tier}"
        body = {"question": "Which pump?", "query_id": key, "user_tier": "enterprise", "top_k": 20}
        await plant.write(QUERIES, key, orjson.dumps(body), tier=tier)
        found = await context_of(plant, key)
        assert (found["labels"], found["tier"]) == (labels, tier)


async def test_a_context_says_when_it_was_asked_and_what_it_is(plant: Plant) -> None:
    """Latency counts from the question; its id tells a second copy."""
    await with_chunks(plant)
    key = await plant.ask("Which pump?")
    (query,) = await plant.read(QUERIES)
    found = await context_of(plant, key)
    assert (found["asked_at"], found["top_k"]) == (query.timestamp, plant.gateway.index.top_k)
    assert found["asked-at"] == str(query.timestamp)
    assert (found["type"], found["id"]) == ("rag.context.retrieved.v1", f"{key}/context")


async def test_a_hidden_passage_that_an_index_returns_goes_no_further(plant: Plant) -> None:
    """Every hit is looked at once more."""
    await with_chunks(plant)
    secret = Passage(doc_id="secret", chunk_index=0, text="The secret pump", visibility="confidential")
    plant.index.leaks = [Hit(passage=secret, score=1.0)]
    key = await plant.ask("Which pump?", tier="standard", top_k=2)
    assert "confidential" not in str((await context_of(plant, key))["labels"])


async def test_a_query_that_cannot_be_handled_ends_in_an_error(plant: Plant) -> None:
    """One that is none, and one that the model refuses."""
    await plant.start("retriever")
    await plant.start("generator")
    await plant.write(QUERIES, "broken", b"{")
    assert (await plant.ended("broken"))[-1].data["status"] == 400
    plant.embedder.failures = [ModelRejected(provider="words", status=400, detail="x")]
    assert (await plant.ended(await plant.ask("Which pump?")))[-1].data["status"] == 422


async def test_a_query_that_cannot_be_handled_is_handed_on_as_a_failure(plant: Plant) -> None:
    """The generator alone ends answers, so it is told, in a context as declared."""
    await plant.start("retriever")
    await plant.write(QUERIES, "broken", b"{")
    await context_of(plant, "broken")
    (record,) = await plant.read(CONTEXTS)
    assert list(SchemaValidators.load().get("context").violations(orjson.loads(record.value or b""))) == []
    failure = decode(record.value or b"").failure
    assert failure
    assert (failure.status, failure.query_id) == (400, "broken")
    assert (await plant.read(RESULTS), len(await plant.read(DEAD_LETTERS))) == ([], 1)


async def test_a_deleted_query_is_no_question(plant: Plant) -> None:
    """Nothing follows from it."""
    await plant.start("retriever")
    await plant.write(QUERIES, "gone", None)
    key = await plant.ask("Which pump?")
    await context_of(plant, key)
    assert len(await plant.read(CONTEXTS)) == 1
