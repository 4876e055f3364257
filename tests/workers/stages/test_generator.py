"""An answer says what it rests on and what it cost; how it recovers is in tests/workers/test_recovery.py."""

import orjson
import pytest

from bus.memory.cluster import wall_clock
from runtime.settings.models import PriceSettings
from schemas import context as contexts
from schemas.context import Context, ContextPassage
from schemas.events import TERMINAL, Failed
from schemas.validator import SchemaValidators
from tests.fixtures.plant import Plant, quick, running_plant, text_of
from workers.ports import Citation, TextDelta, Usage
from workers.topics import ANSWERS, CONTEXTS, DEAD_LETTERS, RESULTS

USAGE = Usage(model="claude-haiku-4-5-20260101", input_tokens=1000, output_tokens=200, stop_reason="end_turn")


def context(*labels: str) -> bytes:
    """As a retriever writes it, with a passage of each label."""
    passages = tuple(
        ContextPassage(
            doc_id=f"d{number}", chunk_index=0, text=f"text {number}", visibility=label, source_url=None, score=0.5
        )
        for number, label in enumerate(labels)
    )
    return contexts.encode(
        Context(query_id="q", question="What?", top_k=5, passages=passages, asked_at=wall_clock(), retrieved_ms=1)
    )


FAILURE = Failed(type="x:y", title="Bad Request", status=400, detail="Ask it again.", query_id="q", trace_id="t")


def given_up() -> bytes:
    """As a retriever writes it where a query cannot be read."""
    return contexts.encode(
        Context(query_id="q", question="", top_k=5, passages=(), asked_at=1, retrieved_ms=0, failure=FAILURE)
    )


async def handled(plant: Plant, count: int) -> None:
    """Returns once the generator has answered for so many records."""
    await plant.until(lambda: f'worker_handled_total{{stage="generator"}} {count}.0' in plant.running[-1].metrics())


async def test_everything_it_writes_is_as_declared(plant: Plant) -> None:
    """Bodies and headers against the schemas that clients and other readers have."""
    validators = SchemaValidators.load()
    await plant.start("generator")
    await plant.write(CONTEXTS, "q", context("public", "public"))
    events = await plant.ended("q")
    assert {event.name for event in events} == {"retrieved", "delta", "citation", "usage", "done"}
    for event in events:
        assert list(validators.get(event.name).violations(event.data)) == []
        headers = {name: text.decode() for name, text in event.record.headers}
        assert list(validators.get("headers").violations(headers)) == []
        assert len(headers) == len(event.record.headers)
    assert len({event.record.header("ce_id") for event in events}) == len(events)
    (answer,) = await plant.read(ANSWERS)
    assert (answer.value, answer.key) == (events[-1].record.value, b"q")


async def test_a_cost_is_that_of_the_model_that_was_asked(plant: Plant) -> None:
    """Though the provider names it more exactly; a model without a price costs what nobody knows."""
    await plant.start("generator")
    plant.model.scripts = [[USAGE]]
    await plant.write(CONTEXTS, "q", context("public"))
    events = await plant.ended("q")
    used = events[-2].data
    assert (used["model"], used["total_tokens"]) == (USAGE.model, 1200)
    assert used["cost_usd"] == pytest.approx((1000 * 1 + 200 * 5) / 1_000_000)
    assert events[-1].data["model"] == USAGE.model


async def test_a_price_that_nobody_knows_is_none() -> None:
    """Rather than a wrong one."""
    gateway = quick()
    chat = gateway.chat.model_copy(update={"prices": {"another": PriceSettings()}})
    async with running_plant(gateway.model_copy(update={"chat": chat})) as plant:
        await plant.start("generator")
        await plant.write(CONTEXTS, "q", context("public"))
        assert (await plant.ended("q"))[-2].data["cost_usd"] is None


async def test_what_is_not_the_callers_is_not_given_to_the_model(plant: Plant) -> None:
    """Whatever a context holds."""
    await plant.start("generator")
    await plant.write(CONTEXTS, "q", context("confidential", "public"), tier="free")
    events = await plant.ended("q")
    assert [passage.doc_id for passage in plant.model.prompts[0].passages] == ["d1"]
    assert [source["doc_id"] for source in events[0].data["sources"]] == ["d1"]


async def test_the_tier_chooses_the_model(plant: Plant) -> None:
    """As gateway.yaml says."""
    await plant.start("generator")
    for tier in ("free", "standard", "enterprise"):
        await plant.write(CONTEXTS, tier, context("public"), tier=tier)
        await plant.ended(tier)
    assert [prompt.model for prompt in plant.model.prompts] == [
        first for first, *_ in plant.gateway.chat.tiers.values()
    ]


async def test_a_quotation_of_nothing_is_dropped(plant: Plant) -> None:
    """A model may point at a passage that it was not given."""
    await plant.start("generator")
    plant.model.scripts = [[Citation(passage_index=7, cited_text="made up"), TextDelta(text="Yes."), USAGE]]
    await plant.write(CONTEXTS, "q", context("public"))
    events = await plant.ended("q")
    assert (text_of(events), events[-1].data["citations"]) == ("It is said: Yes.", [])


async def test_an_answer_without_an_end_is_not_taken_for_whole(plant: Plant) -> None:
    """The stream was cut: it is asked for again, behind a reset."""
    await plant.start("generator")
    plant.model.scripts = [[TextDelta(text="half an")], [TextDelta(text="whole"), USAGE]]
    await plant.write(CONTEXTS, "q", context("public"))
    events = await plant.ended("q")
    assert "reset" in [event.name for event in events]
    assert events[-1].data["answer"] == text_of(events) == "It is said: whole"


async def test_what_is_no_context_is_put_aside(plant: Plant) -> None:
    """And whoever waits is told."""
    await plant.start("generator")
    await plant.write(CONTEXTS, "broken", b"{")
    assert (await plant.ended("broken"))[-1].data["status"] == 400


async def test_a_failure_of_an_earlier_stage_ends_the_answer_once(plant: Plant) -> None:
    """However often its context comes; the model is not asked."""
    await plant.start("generator")
    for _ in range(2):
        await plant.write(CONTEXTS, "q", given_up())
    await handled(plant, 2)
    (event,) = await plant.events("q")
    assert (event.name, event.data) == ("error", orjson.loads(orjson.dumps(FAILURE)))
    assert plant.model.prompts == []


async def test_a_failure_does_not_take_an_answer_back(plant: Plant) -> None:
    """The query was there twice, and its second copy failed."""
    await plant.start("generator")
    await plant.write(CONTEXTS, "q", context("public"))
    await plant.write(CONTEXTS, "q", given_up())
    await handled(plant, 2)
    assert [event.name for event in await plant.events("q")][-1] == "done"
    assert sum(event.name in TERMINAL for event in await plant.events("q")) == 1


async def test_an_unreadable_context_is_told_of_once(plant: Plant) -> None:
    """Its second copy finds the answer ended."""
    await plant.start("generator")
    for _ in range(2):
        await plant.write(CONTEXTS, "broken", b"{")
    await handled(plant, 2)
    assert [event.name for event in await plant.events("broken")] == ["error"]
    assert len(await plant.read(DEAD_LETTERS)) == 1


async def test_a_deleted_context_is_no_question(plant: Plant) -> None:
    """Nothing follows from it."""
    await plant.start("generator")
    await plant.write(CONTEXTS, "gone", None)
    await plant.write(CONTEXTS, "q", context("public"))
    await plant.ended("q")
    assert {record.key for record in await plant.read(RESULTS)} == {b"q"}


async def test_the_calls_are_counted(plant: Plant) -> None:
    """By OpenTelemetry's names, by model and tier."""
    running = await plant.start("generator")
    await plant.write(CONTEXTS, "q", context("public"))
    await plant.ended("q")
    page = running.worker._registry.page().decode()
    for line in (
        'gen_ai_client_token_usage_total{gen_ai_request_model="claude-haiku-4-5",gen_ai_token_type="input",tier="free"} 100.0',
        'gen_ai_client_operation_duration_seconds_count{error_type="",gen_ai_request_model="claude-haiku-4-5",tier="free"} 1.0',
        'gen_ai_client_operation_time_to_first_chunk_seconds_count{gen_ai_request_model="claude-haiku-4-5",tier="free"} 1.0',
    ):
        assert line in page


def test_a_context_is_what_a_retriever_writes() -> None:
    """The helper of this file keeps the declared form."""
    assert list(SchemaValidators.load().get("context").violations(orjson.loads(context("public")))) == []


async def test_it_counts_how_queries_end_and_when_their_text_begins(plant: Plant) -> None:
    """An answer and a failure, each by tier; of the failure there is no text, and no query of another tier."""
    await plant.start("generator")
    await plant.write(CONTEXTS, "q", context("public"))
    await plant.write(CONTEXTS, "f", given_up())
    await plant.ended("q")
    await plant.ended("f")
    await handled(plant, 2)
    metrics = plant.running[-1].metrics()
    assert 'worker_answers_total{outcome="done",tier="free"} 1.0' in metrics
    assert 'worker_answers_total{outcome="error",tier="free"} 1.0' in metrics
    assert 'worker_answers_total{outcome="cancelled",tier="free"} 0.0' in metrics
    assert 'worker_first_text_seconds_count{tier="free"} 1.0' in metrics
    assert 'worker_first_text_seconds_count{tier="enterprise"}' not in metrics


async def test_the_first_dead_letter_is_an_increase(plant: Plant) -> None:
    """Whoever watches the counter has seen it at 0 before."""
    await plant.start("generator")
    assert 'worker_dead_letters_total{reason="untrusted",stage="generator"} 0.0' in plant.running[-1].metrics()
    assert 'worker_expired_total{stage="generator",tier="free"} 0.0' in plant.running[-1].metrics()
