"""A document has an id that belongs to its caller."""

from tests.fixtures.processor import CLAIMS, Processor

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
