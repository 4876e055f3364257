"""An array of records is answered by 207 with a receipt for each."""

import orjson
import pytest

from tests.ext_proc.bulk.uploads import chunk
from tests.fixtures.processor import JSON, Outcome, Processor
from tests.fixtures.replicas import Site
from tests.fixtures.settings import changed, declared

KEYED = {**JSON, "idempotency-key": "k"}


def array(*records: bytes) -> bytes:
    """Records as an array."""
    return b"[" + b",".join(records) + b"]"


async def post(processor: Processor, body: bytes, **headers: str) -> Outcome:
    """One array."""
    return await processor.ask("POST", "/chunks", body, headers={**JSON, **headers})


async def test_each_record_is_answered_for_itself(processor: Processor) -> None:
    """In order, counted from 0."""
    answer = await post(processor, array(chunk(0), b'{"doc_id":1}', chunk(2, visibility="internal"), chunk(3)))
    assert (answer.status, answer.headers["content-type"]) == (207, "application/json")
    assert [(each["index"], each["status"]) for each in answer.document] == [(0, 202), (1, 400), (2, 403), (3, 202)]
    assert answer.document[0].keys() == {"index", "status", "topic", "partition", "offset"}
    assert answer.document[1]["errors"]
    assert len(await processor.records("rag.chunks")) == 2


async def test_records_go_as_they_were_sent(processor: Processor) -> None:
    """Byte for byte, however the array is laid out, and whatever its texts look like."""
    fine = b'{ "doc_id" : "\\u00e4]", "chunk_index":0,"text":"[{",\n "visibility":"public","metadata":{"n":1.50}}'
    answer = await post(processor, b" \r\n[\n\t" + fine + b" ,\n{}\n]\n")
    assert answer.document[0]["status"] == 202
    (record, *_) = await processor.records("rag.chunks")
    assert record.value == fine


async def test_one_with_a_member_twice_fails_alone(processor: Processor) -> None:
    """It may be read in two ways; the others may not."""
    twice = b'{"doc_id":"a","doc_id":"b","chunk_index":0,"text":"t","visibility":"public"}'
    answer = await post(processor, array(chunk(0), twice))
    assert [each["status"] for each in answer.document] == [202, 400]


@pytest.mark.parametrize("body", [b"[]", b" [ ] ", b"[{", b"[1,]", b"[" * 2000, array(*[b"1"] * 1001)])
async def test_what_is_no_array_that_is_taken_is_400(processor: Processor, body: bytes) -> None:
    """Empty, not JSON, or of too many records."""
    answer = await post(processor, body)
    assert answer.status == 400
    assert answer.document["errors"][0]["pointer"] == "#"


async def test_as_many_as_are_taken_are_taken(processor: Processor) -> None:
    """One by one judged."""
    answer = await post(processor, array(*[b"1"] * 1000))
    assert answer.status == 207
    assert {each["status"] for each in answer.document} == {400}


async def test_a_route_without_bulk_takes_no_array(processor: Processor) -> None:
    """It is a document of the wrong shape."""
    answer = await processor.ask("POST", "/queries", array(b'{"question":"a"}'))
    assert answer.status == 400


async def test_kafka_away_is_503() -> None:
    """Where nothing could be stored the whole array may come again."""
    other = Site()
    async with other.replica() as replica:
        other.bus.stop()
        answer = await post(replica.processor, array(chunk(0), chunk(1)))
    assert (answer.status, "retry-after" in answer.headers) == (503, True)


async def test_what_was_stored_is_told_although_the_rest_was_not(processor: Processor) -> None:
    """More records than may be in flight: those that found no room are 503, each for itself."""
    answer = await post(processor, array(*(chunk(n) for n in range(150))))
    assert answer.status == 207
    statuses = [each["status"] for each in answer.document]
    assert statuses == [202] * 100 + [503] * 50
    assert answer.document[-1]["type"].endswith("/busy")


async def test_a_retry_is_answered_as_the_first_one_was() -> None:
    """By any replica, and nothing is stored again."""
    site = Site()
    whole = array(chunk(0), b"{}", chunk(2))
    async with site.replica() as one, site.replica() as two:
        first = await post(one.processor, whole, **{"idempotency-key": "k"})
        again = await post(two.processor, whole, **{"idempotency-key": "k"})
        assert (first.status, again.status) == (207, 207)
        assert again.headers["idempotent-replayed"] == "true"
        assert [
            {**each, "replayed": True} if each["status"] == 202 else each for each in first.document
        ] == again.document
        assert len(await one.processor.records("rag.chunks")) == 2
        other = await post(one.processor, array(chunk(0), chunk(1), chunk(2)), **{"idempotency-key": "k"})
        shorter = await post(one.processor, array(chunk(0)), **{"idempotency-key": "k"})
        assert (other.status, shorter.status) == (422, 422)
        assert len(await one.processor.records("rag.chunks")) == 2


async def test_what_found_no_room_is_stored_by_the_retry(processor: Processor) -> None:
    """The first hundred are replayed, the others carried out."""
    whole = array(*(chunk(n) for n in range(150)))
    first = await post(processor, whole, **{"idempotency-key": "k"})
    again = await post(processor, whole, **{"idempotency-key": "k"})
    statuses = [[each["status"] for each in answer.document] for answer in (first, again)]
    assert statuses[0].count(202) < 150
    assert statuses[1] == [202] * 150
    assert len(await processor.records("rag.chunks")) == 150


def test_the_size_of_an_array_is_a_setting() -> None:
    """Of the route."""
    gateway, _ = declared(changed("bulk: {}", "bulk: {array: 2}"))
    bulk = next(route.bulk for route in gateway.routes if route.name == "chunks")
    assert bulk is not None
    assert bulk.array == 2
    assert orjson.dumps(bulk.model_dump())
