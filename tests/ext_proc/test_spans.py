"""What a processor records of a request, and what its record hands on."""

from opentelemetry.trace import SpanKind

from bus.memory.bus import MemoryBus
from runtime import work
from runtime.settings.kafka import ProducerSettings
from runtime.tracing.context import TraceContext
from tests.fixtures.processor import JSON, Processor, processor_for
from tests.fixtures.tracing import OTHER, SAMPLED, UNSAMPLED, Spans, facts, parent, place

ENVOY = TraceContext(SAMPLED, "a=b")
QUESTION = {"question": "What is PRIVATE?"}


async def test_a_post_is_a_pipeline_and_a_send(processor: Processor) -> None:
    """Both in Envoy's trace, whatever the client's own header says; the record hands on the send, and no span a content."""
    spans = Spans()
    processor.tracer = spans.tracer
    answer = await processor.ask("POST", "/queries", QUESTION, headers={**JSON, "traceparent": OTHER}, called_by=ENVOY)
    (record,) = await processor.records("rag.queries")
    send, pipeline = spans.of("send rag.queries"), spans.of("pipeline queries")
    assert (202, SAMPLED[36:52], SpanKind.SERVER) == (answer.status, parent(pipeline), pipeline.kind)
    assert (place(pipeline)[36:52], SpanKind.PRODUCER) == (parent(send), send.kind)
    assert (place(send), "a=b") == (record.header("traceparent"), record.header("tracestate"))
    assert {
        "messaging.system": "kafka",
        "messaging.operation.type": "send",
        "messaging.operation.name": "send",
        "messaging.destination.name": "rag.queries",
        "messaging.destination.partition.id": str(record.partition),
        "messaging.kafka.offset": record.offset,
    } == facts(send)
    assert ("queries", "free", 202) == tuple(
        facts(pipeline)[name] for name in ("sluice.route", "sluice.tier", "http.response.status_code")
    )
    assert not any(word in span.to_json() for span in spans.all for word in ("PRIVATE", "alice", "proxy:"))


async def test_a_problem_names_the_trace_that_is_recorded(processor: Processor) -> None:
    """Whoever reports it gives us what finds it."""
    processor.tracer = Spans().tracer
    answer = await processor.ask("POST", "/queries", {}, headers={**JSON, "traceparent": OTHER}, called_by=ENVOY)
    assert SAMPLED[3:35] == answer.document["trace_id"]


async def test_what_is_not_recorded_is_handed_on(processor: Processor) -> None:
    """A record of a trace that nobody records says so, for all that follows from it."""
    spans = Spans()
    processor.tracer = spans.tracer
    await processor.ask("POST", "/queries", QUESTION, called_by=TraceContext(UNSAMPLED))
    (record,) = await processor.records("rag.queries")
    assert ([], UNSAMPLED) == (spans.names, record.header("traceparent"))


async def test_without_envoys_span_the_clients_is_the_parent(processor: Processor) -> None:
    """And where there is neither, a trace begins here."""
    spans = Spans()
    processor.tracer = spans.tracer
    await processor.ask("POST", "/queries", QUESTION, headers={**JSON, "traceparent": OTHER})
    await processor.ask("GET", "/results/q1", headers={})
    assert OTHER[36:52] == parent(spans.of("pipeline queries"))
    assert not parent(spans.of("pipeline results"))


async def test_a_record_that_kafka_does_not_take_is_a_failure() -> None:
    """Of the send by its kind, and of the pipeline by the status of the answer."""
    spans = Spans()
    bus = MemoryBus(producer=ProducerSettings(delivery_timeout=0.05))
    async with bus.producer() as producer:
        processor = await processor_for(bus, producer)
        processor.tracer = spans.tracer
        bus.stop()
        answer = await processor.ask("POST", "/queries", QUESTION, called_by=ENVOY)
    assert 503 == answer.status
    assert "DeliveryFailed" == facts(spans.of("send rag.queries"))["error.type"]
    assert "503" == facts(spans.of("pipeline queries"))["error.type"]


async def test_whatever_is_logged_of_a_request_names_it(processor: Processor) -> None:
    """Trace and query, also where nobody traces."""
    answer = await processor.ask("POST", "/queries", QUESTION, headers={**JSON, "traceparent": OTHER})
    assert {"trace_id": OTHER[3:35], "query_id": answer.document["query_id"]} == work.facts()
