"""What a worker records of a record: how long it waited, what was done with it, and what follows."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from opentelemetry.trace import SpanKind, StatusCode

from bus.records import Received, Record, with_headers
from runtime import work
from runtime.metrics import Registry, WorkerMetrics
from runtime.settings.models import EmbeddingSettings
from runtime.tracing.context import TraceContext
from runtime.tracing.current import current, within
from schemas.envelope import Caller, Envelope, Trace
from schemas.signature import Signer
from tests.fixtures.models import WordsEmbedder
from tests.fixtures.time import HandClock
from tests.fixtures.tracing import OTHER, SAMPLED, UNSAMPLED, Spans, facts, links, parent, place
from tests.workers.test_handling import SIGNER, ScriptedStage, bench, out, received
from tests.workers.test_metered import PROMPT
from tests.workers.test_metered import Bench as ModelBench
from workers.batcher import Batcher
from workers.errors import Poison
from workers.scribe import Draft, Scribe
from workers.topics import QUERIES


def _traced(trace: str = SAMPLED) -> Received:
    record = received()
    return replace(record, headers=with_headers(record.headers, [("traceparent", trace), ("tracestate", "a=b")]))


async def test_a_record_waits_is_processed_and_followed() -> None:
    """Wait and work are parts of what sent it; what follows hands on its own sending, in the same trace."""
    spans = Spans()
    async with bench(ScriptedStage(outcome=[out("1"), out("2")]), tracer=spans.tracer) as works:
        await works.handle(_traced())
        written = await works.on("out")
    wait, process, send = spans.of("wait in"), spans.of("process in"), spans.of("send out")
    assert {SAMPLED[36:52]} == {parent(wait), parent(process)}
    assert (0, process.start_time) == (wait.start_time, wait.end_time)
    assert (SpanKind.CONSUMER, SpanKind.PRODUCER) == (process.kind, send.kind)
    assert place(process)[36:52] == parent(send)
    assert {("in", "2", 7)} == {
        (said["messaging.destination.name"], said["messaging.destination.partition.id"], said["messaging.kafka.offset"])
        for said in (facts(wait), facts(process))
    }
    assert [(place(send), "a=b")] * 2 == [(one.header("traceparent"), one.header("tracestate")) for one in written]


async def test_a_record_that_is_not_sampled_is_handled_in_silence() -> None:
    """And what follows from it hands that on; a record without a trace begins one, as the sampler says."""
    spans = Spans(ratio=0.0)
    async with bench(ScriptedStage(outcome=[out()]), tracer=spans.tracer) as works:
        await works.handle(_traced(UNSAMPLED))
        await works.handle(received())
    assert () == spans.all


async def test_what_is_given_up_has_failed_with_its_reason() -> None:
    """Not with what was wrong in words, which may quote anything."""
    spans = Spans()
    stage = ScriptedStage(Poison("malformed", "the secret"))
    async with bench(stage, tracer=spans.tracer) as works:
        await works.handle(_traced())
    process = spans.of("process in")
    assert ("malformed", StatusCode.ERROR) == (facts(process)["error.type"], process.status.status_code)
    assert not any("secret" in span.to_json() for span in spans.all)


class _Logging(ScriptedStage):
    """Remembers what a line would say that it logged."""

    said: Mapping[str, str] = {}

    async def handle(self, record: Received) -> Sequence[Record]:
        """As `Stage.handle`."""
        self.said = work.facts()
        return ()


async def test_whatever_is_logged_of_a_record_names_it() -> None:
    """By its trace, which need not be recorded, and by its query."""
    stage = _Logging()
    question = b'{"query_id": "q1"}'
    caller = Caller(user_id="alice", tier="free")
    envelope = Envelope(id="1", source="/test", type="x", time=0, caller=caller, trace=Trace(parent=UNSAMPLED))
    headers = envelope.headers(topic=QUERIES, key=b"k", body=question, signer=SIGNER)
    asked = replace(received(), topic=QUERIES, value=question, headers=headers)
    async with bench(stage) as works:
        await works.handle(_traced())
        assert {"trace_id": SAMPLED[3:35]} == stage.said
        await works.handle(asked)
    assert {"trace_id": UNSAMPLED[3:35], "query_id": "q1"} == stage.said


def test_records_hand_on_the_work_at_hand() -> None:
    """So that what is delivered is known to follow from who made it."""
    spans = Spans()
    scribe = Scribe(stage="s", signer=Signer("k" * 32), clock=HandClock())
    draft = Draft(topic="t", type="x", id="1", body=b"{}")
    origin = _traced()
    with within(spans.tracer.join(TraceContext(SAMPLED, "a=b"), "work", kind="consumer")):
        made = scribe.record(origin, draft)
    handed_on = scribe.record(origin, draft)
    assert dict(made.headers)["traceparent"].decode() == place(spans.of("work"))
    assert (SAMPLED, "a=b") == tuple(dict(handed_on.headers)[name].decode() for name in ("traceparent", "tracestate"))


async def test_a_call_for_many_is_linked_with_all_of_them() -> None:
    """It is a part of the first one's work, and the others know it; who is not recorded has no part in it."""
    spans = Spans()
    model = WordsEmbedder()
    batcher = Batcher(model, settings=EmbeddingSettings(batch_texts=3), metrics=WorkerMetrics(Registry()), linger=10.0)

    async def one(trace: str) -> None:
        with within(spans.tracer.join(TraceContext(trace), f"work {trace[3:6]}", kind="consumer")):
            await batcher.embed("PRIVATE")

    async with batcher.running(), asyncio.TaskGroup() as tasks:
        for trace in (UNSAMPLED.replace("4bf", "7bf"), SAMPLED, OTHER):
            tasks.create_task(one(trace))
    call, first, second = spans.of(f"embeddings {model.model}"), spans.of("work 4bf"), spans.of("work 5bf")
    assert (SpanKind.CLIENT, place(first)[36:52]) == (call.kind, parent(call))
    assert ([place(second)[36:52]], [place(call)[36:52]]) == (links(call), links(second))
    assert {
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": "local",
        "gen_ai.request.model": model.model,
        "sluice.texts": 3,
    } == facts(call)
    assert "PRIVATE" not in call.to_json()


async def test_a_chat_says_what_it_cost_and_not_what_was_said() -> None:
    """By the names of the conventions for generative AI."""
    spans, model = Spans(), ModelBench()
    with within(spans.tracer.join(TraceContext(SAMPLED), "work", kind="consumer")):
        await model.answer()
        at_hand = current()
    call = spans.of("chat m")
    said = facts(call)
    assert (SpanKind.CLIENT, place(spans.of("work"))[36:52]) == (call.kind, parent(call))
    assert said.pop("gen_ai.response.time_to_first_chunk") is not None
    assert {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": "m",
        "gen_ai.request.max_tokens": PROMPT.max_tokens,
        "gen_ai.request.stream": True,
        "gen_ai.output.type": "text",
        "gen_ai.response.model": "m",
        "gen_ai.response.finish_reasons": ("end_turn",),
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 10,
        "sluice.tier": "free",
        "sluice.passages": 1,
    } == said
    assert at_hand.context is not None
    assert PROMPT.question not in call.to_json()


async def test_a_chat_that_is_broken_off_has_ended_so() -> None:
    """It has cost something all the same."""
    spans, model = Spans(), ModelBench()
    with within(spans.tracer.join(TraceContext(SAMPLED), "work", kind="consumer")):
        await model.broken_off()
    said = facts(spans.of("chat m"))
    assert ("cancelled", ("cancelled",)) == (said["error.type"], said["gen_ai.response.finish_reasons"])
