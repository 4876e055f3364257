"""One trace of a query, from Envoy to the last event at its reader, as a collector has it."""

import json
import secrets
from collections.abc import Sequence

import pytest

from local.system import System
from tests.fixtures.collector import Collected, Collector
from tests.fixtures.system import caller

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

ENVOY, PROCESSOR, RETRIEVER, GENERATOR, RESULTS = (
    f"sluice-{name}" for name in ("envoy", "processor", "retriever", "generator", "results")
)
ASKING = "async envoy.service.ext_proc.v3.ExternalProcessor.Process egress"
QUESTION = "Which PRIVATE lock has two rises?"

TREE = {
    (ENVOY, "POST queries"): "the client",
    (ENVOY, ASKING): "POST queries",
    (PROCESSOR, "pipeline queries"): ASKING,
    (PROCESSOR, "send rag.queries"): "pipeline queries",
    (RETRIEVER, "wait rag.queries"): "send rag.queries",
    (RETRIEVER, "process rag.queries"): "send rag.queries",
    (RETRIEVER, "embed"): "process rag.queries",
    (RETRIEVER, "embeddings all-MiniLM-L6-v2"): "embed",
    (RETRIEVER, "search"): "process rag.queries",
    (RETRIEVER, "send rag.contexts"): "process rag.queries",
    (GENERATOR, "wait rag.contexts"): "send rag.contexts",
    (GENERATOR, "process rag.contexts"): "send rag.contexts",
    (GENERATOR, "chat claude-haiku-4-5"): "process rag.contexts",
    (GENERATOR, "send rag.answers rag.results"): "process rag.contexts",
    (RESULTS, "deliver rag.results"): "process rag.contexts",
}
"""Every span, and the one that it is part of."""


def _tree(spans: Sequence[Collected], client: str) -> dict[tuple[str, str], str]:
    names = {client: "the client", **{span.span_id: span.name for span in spans}}
    return {(span.service, span.name): names.get(span.parent_id, "unknown") for span in spans}


def _context() -> tuple[str, str, str]:
    trace, span = secrets.token_hex(16), secrets.token_hex(8)
    return trace, span, f"00-{trace}-{span}-01"


async def test_a_query_is_one_trace(system: System, collector: Collector) -> None:
    """Each part of the way is a span where it belongs; the delivery knows the request that read it, and no span a secret."""
    trace, client_span, parent = _context()
    reading, _, reader = _context()
    async with caller(system, sub="traced") as client:
        headers = {"content-type": "application/json", "traceparent": parent}
        body = json.dumps({"question": QUESTION}).encode()
        posted = json.loads((await client.request("POST", "/queries", headers=headers, body=body)).body)
        stream = await client.request("GET", posted["stream_url"], headers={"traceparent": reader})
    assert b"event: done" in stream.body
    spans = await collector.until(trace, lambda found: len(found) >= len(TREE))
    assert TREE == _tree(spans, client_span)
    assert not [span for span in spans if span.failed or span.end < span.start]
    (delivery,) = (span for span in spans if span.service == RESULTS)
    await collector.until(reading, lambda found: any(span.service == ENVOY for span in found))
    assert [reading] == [linked for linked, _ in delivery.links]
    ticket = posted["stream_url"].rpartition("=")[2]
    secret = [word.encode() for word in (QUESTION, "PRIVATE", ticket, "eyJ", "traced")]
    assert not [word for word in secret for sent in collector.raw if word in sent]


async def test_only_what_is_wanted_is_recorded(system: System, collector: Collector) -> None:
    """A request that names no trace is in none, and one that is refused is told of in the trace that it names."""
    trace, client_span, parent = _context()
    unrecorded = parent[:-1] + "0"
    headers = {"content-type": "application/json"}
    async with caller(system, sub="untraced") as client:
        for more in ({}, {"traceparent": unrecorded.replace(trace, secrets.token_hex(16))}):
            await client.request("POST", "/queries", headers={**headers, **more}, body=b"{}")
        refused = await client.request("POST", "/queries", headers={**headers, "traceparent": parent}, body=b"{}")
    assert trace == json.loads(refused.body)["trace_id"]
    spans = await collector.until(trace, lambda found: len(found) >= 3)
    expected = {key: TREE[key] for key in list(TREE)[:3]}
    assert expected == _tree(spans, client_span)
    assert 400 == next(span for span in spans if span.service == PROCESSOR).attributes["http.response.status_code"]
