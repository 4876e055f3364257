"""Many records are a few spans, and what follows from them is none."""

import asyncio
from pathlib import Path

import orjson
from opentelemetry.trace import SpanKind

from ext_proc.bulk.batches import MOST
from runtime.tracing.context import TraceContext
from tests.ext_proc.bulk.test_server import serving
from tests.ext_proc.bulk.uploads import body, chunk
from tests.fixtures.processor import JSON, Processor
from tests.fixtures.tracing import SAMPLED, Spans, facts, parent, place


def _unsampled(text: str) -> str:
    return text[:-1] + "0"


async def test_an_upload_is_a_span_for_each_so_many_lines(processor: Processor, tmp_path: Path) -> None:
    """Of Envoy's trace; a line that is refused counts in none, and each record hands on its span as one not recorded."""
    spans = Spans()
    count = MOST + 3
    async with serving(processor, tmp_path, tracer=spans.tracer) as site, site.upload(traceparent=SAMPLED) as client:
        await client.send(body(*(chunk(number) for number in range(count)), b"{}"))
        await client.send(b"")
        await client.head()
        await client.rest()
    upload = spans.of("upload chunks")
    first, second = (span for span in spans.all if span.name == "send rag.chunks")
    assert (SAMPLED[36:52], SpanKind.SERVER) == (parent(upload), upload.kind)
    assert {place(upload)[36:52]} == {parent(first), parent(second)}
    sizes = [facts(span)["messaging.batch.message_count"] for span in (first, second)]
    assert [MOST, 3] == sizes
    records = await processor.records("rag.chunks")
    said = [record.header("traceparent") for record in records]
    assert sizes == [said.count(_unsampled(place(span))) for span in (first, second)]


async def test_an_array_is_one_span(processor: Processor) -> None:
    """Within the pipeline's; and one in which nothing was sent is none."""
    spans = Spans()
    processor.tracer = spans.tracer
    envoy = TraceContext(SAMPLED)
    many = [orjson.loads(chunk(number)) for number in range(3)]
    await processor.ask("POST", "/chunks", many, headers=JSON, called_by=envoy)
    await asyncio.sleep(0)  # the answer may be there before the last record's callback has had its turn
    send, pipeline = spans.of("send rag.chunks"), spans.of("pipeline chunks")
    assert (3, place(pipeline)[36:52]) == (facts(send)["messaging.batch.message_count"], parent(send))
    said = {record.header("traceparent") for record in await processor.records("rag.chunks")}
    assert {_unsampled(place(send))} == said
    await processor.ask("POST", "/chunks", [{}], headers=JSON, called_by=envoy)
    assert 1 == spans.names.count("send rag.chunks")
