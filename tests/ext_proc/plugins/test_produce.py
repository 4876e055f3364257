"""A body becomes a record, and only an acknowledged one is accepted."""

import asyncio

import orjson
import pytest

from bus.memory.bus import MemoryBus
from bus.partitioner import partition_of
from ext_proc.plugins.produce import ProducePlugin, ProduceSettings
from runtime.settings.kafka import ProducerSettings
from schemas.signature import Signed, Signer
from tests.fixtures.processor import CLAIMS, JSON, Processor, processor_for
from tests.fixtures.settings import changed, declared

CHUNK = {"doc_id": "d#1", "chunk_index": 3, "text": "t", "visibility": "public"}
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def test_the_receipt_says_where_the_record_lies(processor: Processor) -> None:
    """202 carries topic, partition, offset and timestamp of the record."""
    answer = await processor.ask("POST", "/chunks", {**CHUNK, "doc_id": "d"})
    (record,) = await processor.records("rag.chunks")
    expected = {"topic": "rag.chunks", "partition": record.partition, "offset": 0, "timestamp": record.timestamp}
    assert (answer.status, answer.document) == (202, expected)


async def test_a_query_is_told_where_its_results_are(processor: Processor) -> None:
    """The answer holds what the contract says, and `Location` names the query."""
    answer = await processor.ask("POST", "/queries", {"question": "Why?", "query_id": "q1"})
    assert answer.headers["location"] == "/queries/q1"
    assert set(answer.document) == {"query_id", "status", "results_url", "stream_url", "record"}
    assert answer.document["results_url"] == "/results/q1"


async def test_versions_of_a_document_share_a_partition(processor: Processor) -> None:
    """Chunks are keyed by document and index, and partitioned by document."""
    for index in range(20):
        await processor.ask("POST", "/chunks", {**CHUNK, "doc_id": "d", "chunk_index": index})
    records = await processor.records("rag.chunks")
    assert {record.key for record in records} == {f"d#{index}".encode() for index in range(20)}
    assert {record.partition for record in records} == {partition_of(b"d", 6)}


async def test_the_headers_are_a_cloud_event_with_proof(processor: Processor) -> None:
    """Every name once, the trace handed on, and a signature that fits what was written."""
    headers = {
        **JSON,
        "traceparent": TRACE,
        "tracestate": "a=b",
        "idempotency-key": '"k1"',
        "authorization": "Bearer x",
    }
    await processor.ask("POST", "/queries", {"question": "Why?"}, headers=headers)
    (record,) = await processor.records("rag.queries")
    names = [name for name, _ in record.headers]
    assert len(names) == len(set(names))
    found = {name: value.decode() for name, value in record.headers}
    assert found["ce_specversion"] == "1.0"
    assert found["ce_type"] == "rag.query.submitted.v1"
    assert found["ce_source"] == "/sluice/gateway"
    assert found["content-type"] == "application/json"
    assert found["traceparent"] == TRACE
    assert found["tracestate"] == "a=b"
    assert found["idempotency-key"] == "k1"
    assert "Bearer" not in str(found)
    signed = Signed(topic="rag.queries", key=record.key or b"", user_id="alice", tier="free", body=record.value or b"")
    assert Signer("r" * 32).verify(signed, found["identity-sig"])


async def test_kafka_away_is_503(processor: Processor) -> None:
    """The caller is told to come back, and the same processor works again once Kafka does."""
    processor.bus.stop()
    answer = await processor.ask("POST", "/queries", {"question": "Why?"})
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    processor.bus.start()
    assert (await processor.ask("POST", "/queries", {"question": "Why?"})).status == 202


async def test_too_much_in_flight_is_503() -> None:
    """Past the producer's bound a request is refused at once, and the ones before it are kept."""
    bus = MemoryBus(producer=ProducerSettings(max_in_flight=2))
    async with bus.producer() as producer:
        processor = await processor_for(bus, producer)
        answers = await asyncio.gather(*(processor.ask("POST", "/queries", {"question": "Why?"}) for _ in range(10)))
        statuses = sorted(answer.status or 0 for answer in answers)
        assert statuses[0] == 202
        assert statuses[-1] == 503
        assert len(await processor.records("rag.queries")) == statuses.count(202)


async def test_a_template_without_its_value_is_400(processor: Processor) -> None:
    """A member that the schema does not demand but the key needs is named."""
    text = changed("{body.doc_id}#{body.chunk_index}", "{body.metadata.order}")
    other = await processor_for(processor.bus, processor.producer, declaration=declared(text))
    answer = await other.ask("POST", "/chunks", {**CHUNK, "doc_id": "d"})
    assert (answer.status, answer.document["errors"][0]["detail"]) == (400, "body.metadata.order is needed")


def test_an_undeclared_topic_stops_the_start(processor: Processor) -> None:
    """A topic that nobody would create is a mistake."""
    settings = ProduceSettings(topic="nowhere", type="t", key="{identity.subject}")
    with pytest.raises(ValueError, match="nowhere"):
        ProducePlugin(settings, processor.services)


async def test_further_headers_come_from_templates(processor: Processor) -> None:
    """A route may add headers of its own to the record."""
    text = changed(
        "type: rag.query.submitted.v1", "type: rag.query.submitted.v1\n          headers: {who: '{identity.subject}'}"
    )
    other = await processor_for(processor.bus, processor.producer, declaration=declared(text))
    await other.ask("POST", "/queries", {"question": "Why?"}, claims={**CLAIMS, "sub": "carol"})
    (record,) = await other.records("rag.queries")
    assert record.header("who") == "carol"
    assert orjson.loads(record.value or b"")["question"] == "Why?"


async def test_headers_that_records_carry_are_bounded(processor: Processor) -> None:
    """They go into every record of an answer: a long key is refused, a long tracestate left out."""
    long = {**JSON, "idempotency-key": "k" * 256}
    assert (await processor.ask("POST", "/queries", {"question": "Why?"}, headers=long)).status == 400
    traced = {**JSON, "idempotency-key": "k" * 255, "traceparent": TRACE, "tracestate": "a=" + "b" * 600}
    assert (await processor.ask("POST", "/queries", {"question": "Why?"}, headers=traced)).status == 202
    (record,) = await processor.records("rag.queries")
    assert (record.header("idempotency-key"), record.header("tracestate")) == ("k" * 255, None)


async def test_an_answer_of_204_is_empty(processor: Processor) -> None:
    """There is no body and nothing that describes one (RFC 9110, 15.3.5); the record is there all the same."""
    text = changed("          topic: rag.chunks\n", "          topic: rag.chunks\n          status: 204\n")
    other = await processor_for(processor.bus, processor.producer, declaration=declared(text))
    answer = await other.ask("POST", "/chunks", {**CHUNK, "doc_id": "d"})
    assert (answer.status, answer.headers, answer.body) == (204, {}, b"")
    assert len(await other.records("rag.chunks")) == 1


def test_an_empty_answer_with_members_stops_the_start(processor: Processor) -> None:
    """What nobody would ever read is a mistake."""
    settings = ProduceSettings(topic="rag.chunks", type="t", key="k", status=204, answer={"a": "b"})
    with pytest.raises(ValueError, match="204 has no body"):
        ProducePlugin(settings, processor.services)
