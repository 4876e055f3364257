"""An id belongs to its caller, or does not exist."""

from ext_proc.results.reader.subscription import Subscription
from tests.fixtures.processor import CLAIMS, Processor

BOB = {**CLAIMS, "sub": "bob"}


async def test_an_issued_id_is_its_owners_alone(processor: Processor) -> None:
    """The owner is let through; another caller gets 404, as for an id that never existed."""
    posted = await processor.ask("POST", "/queries", {"question": "Why?"})
    query_id = posted.document["query_id"]
    assert (await processor.ask("GET", f"/results/{query_id}")).status is None
    theirs = await processor.ask("GET", f"/results/{query_id}", claims=BOB)
    never = await processor.ask("GET", "/results/" + "0" * 12 + "7000" + "8" + "0" * 15 + "-" + "A" * 16, claims=BOB)
    assert theirs.status == never.status == 404
    assert {**theirs.document, "instance": ""} == {**never.document, "instance": ""}
    assert theirs.headers == never.headers


async def test_the_key_of_the_record_is_the_key_that_is_followed(processor: Processor) -> None:
    """What the reader is subscribed to is what was written, for issued and for chosen ids."""
    for body in ({"question": "Why?"}, {"question": "Why?", "query_id": "q1"}):
        posted = await processor.ask("POST", "/queries", body)
        reading = await processor.ask("GET", posted.document["results_url"])
        keys = {(record.key or b"").decode() for record in await processor.records("rag.queries")}
        assert Subscription.parse(reading.headers).key in keys


async def test_what_is_not_an_id_is_404(processor: Processor) -> None:
    """A path that no id can have leads nowhere."""
    assert (await processor.ask("GET", "/results/a%20b")).status == 404
