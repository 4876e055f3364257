"""A request without a body becomes a record that says what the route says."""

import asyncio

import orjson
import pytest

from bus.partitioner import partition_of
from ext_proc.plugins.announce import AnnouncePlugin, AnnounceSettings
from schemas.signature import Signed, Signer
from schemas.validator import SchemaValidators
from tests.fixtures.processor import CLAIMS, JSON, Processor, processor_for
from tests.fixtures.settings import changed, declared


async def issued(processor: Processor) -> str:
    """The id of a query of alice's."""
    return str((await processor.ask("POST", "/queries", {"question": "Why?"})).document["query_id"])


async def test_a_cancel_is_a_record_of_its_query(processor: Processor) -> None:
    """With the query's key in the query's partition, signed, and as its schema has it; the answer tells where it lies."""
    query_id = await issued(processor)
    answer = await processor.ask("DELETE", f"/queries/{query_id}", headers={})
    (record,) = await processor.records("rag.cancels")
    place = {"topic": "rag.cancels", "partition": record.partition, "offset": 0, "timestamp": record.timestamp}
    assert (answer.status, answer.document) == (202, {"query_id": query_id, "status": "cancelling", "record": place})
    assert (record.key, record.value) == (query_id.encode(), orjson.dumps({"query_id": query_id}))
    assert record.partition == partition_of(query_id.encode(), 6)
    headers = {name: value.decode() for name, value in record.headers}
    assert (headers["ce_type"], headers["content-type"]) == ("rag.query.cancelled.v1", "application/json")
    signed = Signed(topic="rag.cancels", key=record.key or b"", user_id="alice", tier="free", body=record.value or b"")
    assert Signer("r" * 32).verify(signed, headers["identity-sig"])
    assert tuple(SchemaValidators.load().get("cancel").violations(orjson.loads(record.value or b""))) == ()


async def test_a_query_may_be_cancelled_again(processor: Processor) -> None:
    """The answer is the same, but for where the record lies."""
    query_id = await issued(processor)
    answers = [await processor.ask("DELETE", f"/queries/{query_id}", headers={}) for _ in range(2)]
    assert [(answer.status, answer.document["status"]) for answer in answers] == [(202, "cancelling")] * 2


async def test_a_body_is_not_looked_at(processor: Processor) -> None:
    """The request is answered before one is here, whatever it would be."""
    query_id = await issued(processor)
    answer = await processor.ask("DELETE", f"/queries/{query_id}", b"{", headers=JSON)
    assert answer.status == 202
    assert orjson.loads((await processor.records("rag.cancels"))[0].value or b"") == {"query_id": query_id}


async def test_anothers_query_is_not_there(processor: Processor) -> None:
    """404 as for an id that never existed, and nothing is written."""
    query_id = await issued(processor)
    theirs = await processor.ask("DELETE", f"/queries/{query_id}", claims={**CLAIMS, "sub": "bob"})
    never = await processor.ask("DELETE", f"/queries/{query_id[:-3]}xyz")
    own = {"instance": "", "trace_id": ""}
    assert theirs.status == never.status == 404
    assert {**theirs.document, **own} == {**never.document, **own}
    assert await processor.records("rag.cancels") == []


async def test_a_chosen_id_is_cancelled_in_its_callers_own_namespace(processor: Processor) -> None:
    """Two callers who chose the same id have two keys."""
    for sub in ("alice", "bob"):
        claims = {**CLAIMS, "sub": sub}
        await processor.ask("POST", "/queries", {"question": "Why?", "query_id": "mine"}, claims=claims)
    assert (await processor.ask("DELETE", "/queries/mine")).status == 202
    keys = {record.header("user-id"): record.key for record in await processor.records("rag.queries")}
    assert [record.key for record in await processor.records("rag.cancels")] == [keys["alice"]]


async def test_the_scope_is_that_of_writing(processor: Processor) -> None:
    """Who may only read may not cancel."""
    query_id = await issued(processor)
    answer = await processor.ask("DELETE", f"/queries/{query_id}", claims={**CLAIMS, "scope": "proxy:stream"})
    assert (answer.status, answer.document["scope"]) == (403, "proxy:publish")


async def test_kafka_away_is_503(processor: Processor) -> None:
    """A cancel that nobody will hear of is not accepted."""
    query_id = await issued(processor)
    processor.bus.stop()
    answer = await processor.ask("DELETE", f"/queries/{query_id}")
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")


async def test_a_member_without_its_value_is_400(processor: Processor) -> None:
    """What the request lacks is named."""
    text = changed('value: {query_id: "{id.value}"}', 'value: {reason: "{header.x-reason}"}')
    other = await processor_for(processor.bus, processor.producer, declaration=declared(text))
    lacking, whole = await asyncio.gather(
        other.ask("DELETE", "/queries/q1"), other.ask("DELETE", "/queries/q1", headers={"x-reason": "late"})
    )
    assert (lacking.status, lacking.document["errors"][0]["detail"]) == (400, "header.x-reason is needed")
    assert whole.status == 202
    assert [record.value for record in await other.records("rag.cancels")] == [b'{"reason":"late"}']


def test_a_record_must_say_something(processor: Processor) -> None:
    """No members at all are a mistake, and so is a topic that nobody declared."""
    with pytest.raises(ValueError, match="value"):
        AnnounceSettings(topic="rag.cancels", type="t", key="k", value={})
    settings = AnnounceSettings(topic="nowhere", type="t", key="k", value={"a": "b"})
    with pytest.raises(ValueError, match="nowhere"):
        AnnouncePlugin(settings, processor.services)
