"""The end of a query's trace is its delivery."""

import pytest

from bus.memory import MemoryBus
from bus.records import Record
from ext_proc.results.live.topics import Topics
from ext_proc.results.service import Besides
from runtime.tracing.context import PARENT
from schemas.events import event_type
from tests.ext_proc.results.desk import Desk, open_desk
from tests.fixtures.tracing import OTHER, SAMPLED, UNSAMPLED, Spans, facts, links, parent

TOPICS = ("rag.results", "rag.queries")
READER = "00-6bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b9-00"


async def _say(desk: Desk, name: str, *, trace: str) -> None:
    headers = (("ce_type", event_type(name).encode()), ("user-id", b"alice"), (PARENT, trace.encode()))
    await desk.producer.put(Record(topic=desk.topic, key=b"k", value=b"{}", headers=headers))


@pytest.mark.parametrize("before", [True, False])
async def test_a_delivery_is_a_span_of_the_querys_trace(bus: MemoryBus, *, before: bool) -> None:
    """From its first event to its last, linked with the request that reads; also where the events were there already."""
    spans = Spans()
    followed = Topics(events=frozenset(TOPICS[:1]), proofs=frozenset(TOPICS[1:])).keeping(PARENT)
    async with open_desk(bus, topics=TOPICS, followed=followed, besides=Besides(tracer=spans.tracer)) as desk:
        client = None if before else await desk.get(more=((PARENT, READER),))
        for name in ("retrieved", "delta", "done"):
            await _say(desk, name, trace=SAMPLED)
        async with client or await desk.get(more=((PARENT, READER),)) as reader:
            assert "done" == (await reader.rest())[-1].name
        await desk.nobody()
    (span,) = spans.all
    assert ("deliver rag.results", SAMPLED[36:52], [READER[36:52]]) == (span.name, parent(span), links(span))
    assert 3 == facts(span)["messaging.batch.message_count"]
    assert "sluice.delay_ms" in facts(span)


async def test_a_key_that_is_written_again_is_delivered_again(bus: MemoryBus) -> None:
    """In the trace of whoever asked then; what is not recorded is not recorded here either."""
    spans = Spans()
    followed = Topics(events=frozenset(TOPICS[:1]), proofs=frozenset(TOPICS[1:])).keeping(PARENT)
    async with open_desk(bus, topics=TOPICS, followed=followed, besides=Besides(tracer=spans.tracer)) as desk:
        for trace in (SAMPLED, UNSAMPLED.replace("4bf", "7bf"), "nonsense", OTHER):
            await _say(desk, "delta", trace=trace)
        await _say(desk, "done", trace=OTHER)
        async with await desk.get(desk.wants(ends=False)) as client:
            await client.take(5)
        await desk.nobody()
    assert [(SAMPLED[36:52], 1), (OTHER[36:52], 2)] == [
        (parent(span), facts(span)["messaging.batch.message_count"]) for span in spans.all
    ]
