"""Which model is asked, with what, and what it costs."""

from contextlib import nullcontext

import pytest

from runtime.metrics import ModelMetrics, Registry
from schemas.context import Context, ContextPassage
from tests.fixtures.models import ScriptedModel
from tests.fixtures.plant import quick
from workers.answer import Answer
from workers.asker import Asker
from workers.errors import ModelUnavailable
from workers.metered import MeteredModel
from workers.ports import TextDelta, Usage

PASSAGE = ContextPassage(doc_id="d", chunk_index=0, text="It runs.", visibility="public", source_url=None, score=1.0)


def asker(model: ScriptedModel) -> Asker:
    """As the generator makes it."""
    return Asker(MeteredModel(model, metrics=ModelMetrics(Registry())), gateway=quick())


def answer() -> Answer:
    """One that has not begun."""
    context = Context(query_id="q", question="What?", top_k=5, passages=(PASSAGE,), asked_at=1, retrieved_ms=1)
    return Answer(context=context, passages=context.passages)


@pytest.mark.parametrize("tier", ["free", "standard", "enterprise"])
async def test_the_model_of_the_tier_is_asked(tier: str) -> None:
    """With the question, the passages and the limit of gateway.yaml."""
    model, chat = ScriptedModel(), quick().chat
    growing = answer()

    def take(said: object) -> None:
        growing.usage = said if isinstance(said, Usage) else None

    await asker(model).ask(growing, tier=tier, take=take, telling=lambda _: nullcontext())
    (prompt,) = model.prompts
    assert (prompt.question, prompt.model, prompt.max_tokens) == ("What?", chat.tiers[tier][0], chat.max_tokens)
    assert [passage.text for passage in prompt.passages] == ["It runs."]
    (used,) = asker(model).used(growing, tier=tier)
    price = chat.prices[chat.tiers[tier][0]]
    assert used.cost_usd == pytest.approx((100 * price.input + 10 * price.output) / 1_000_000)


async def test_a_model_that_falls_silent_may_speak_later() -> None:
    """An answer without its end is none."""
    model = ScriptedModel()
    model.scripts = [[TextDelta(text="half an")]]
    with pytest.raises(ModelUnavailable, match="without its end"):
        await asker(model).ask(answer(), tier="free", take=lambda _: None, telling=lambda _: nullcontext())


def test_no_call_costs_nothing() -> None:
    """And no event tells of it."""
    assert asker(ScriptedModel()).used(answer(), tier="free") == ()
