"""A document has an id that belongs to its caller."""

import orjson
import pytest

from tests.fixtures.processor import CLAIMS, JSON, Processor, processor_for
from tests.fixtures.settings import changed, declared

BOB = {**CLAIMS, "sub": "bob"}


async def test_a_chosen_id_is_in_its_owners_namespace(processor: Processor) -> None:
    """Two callers may choose the same id: their records have different keys."""
    for claims in (CLAIMS, BOB):
        await processor.ask("POST", "/queries", {"question": "Why?", "query_id": "q1"}, claims=claims)
    keys = {record.key for record in await processor.records("rag.queries")}
    assert len(keys) == 2


async def test_the_form_of_issued_ids_cannot_be_chosen(processor: Processor) -> None:
    """An id that looks issued but is not the caller's is refused, so that nobody squats on a future id."""
    posted = await processor.ask("POST", "/queries", {"question": "Why?"})
    again = {"question": "Why?", "query_id": posted.document["query_id"]}
    assert (await processor.ask("POST", "/queries", again)).status == 202
    refused = await processor.ask("POST", "/queries", again, claims=BOB)
    assert (refused.status, refused.document["errors"][0]["pointer"]) == (400, "#/query_id")


@pytest.mark.parametrize(
    ("key", "body", "expected"),
    [
        ("k1", {}, "k1"),
        ('"k1"', {}, "k1"),
        ("k1", {"query_id": "q1"}, "q1"),
        ("not an id", {}, None),
        ("", {}, None),
        ("k" * 65, {}, None),
    ],
)
async def test_an_id_may_stand_elsewhere(
    processor: Processor, key: str, body: dict[str, str], expected: str | None
) -> None:
    """A route says where else a client may have chosen its id; where none is found, one is issued."""
    text = changed("issue_id: {field: query_id}", 'issue_id: {field: query_id, otherwise: "{header.idempotency-key}"}')
    text = text.replace("      - idempotency: {topic: rag.idempotency}\n", "")  # to which some of these are no keys
    other = await processor_for(processor.bus, processor.producer, declaration=declared(text))
    answer = await other.ask("POST", "/queries", {"question": "Why?", **body}, headers={**JSON, "idempotency-key": key})
    (record,) = await other.records("rag.queries")
    assert orjson.loads(record.value or b"")["query_id"] == answer.document["query_id"]
    assert (answer.document["query_id"] == expected) == (expected is not None)
    assert (record.key == answer.document["query_id"].encode()) == (expected is None)
