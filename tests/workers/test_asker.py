"""Which model is asked, with what, what it costs, and who is asked where it has no room."""

from contextlib import nullcontext

import pytest

from runtime.metrics import ModelMetrics, Registry
from runtime.settings.gateway import Gateway
from schemas.context import Context, ContextPassage
from tests.fixtures.models import ScriptedModel, unlimited
from tests.fixtures.plant import quick
from workers.answer import Answer
from workers.asker import Asker
from workers.errors import ModelSpent, ModelUnavailable, ModelUnusable, StageError
from workers.ports import Citation, TextDelta, Usage

PASSAGE = ContextPassage(doc_id="d", chunk_index=0, text="It runs.", visibility="public", source_url=None, score=1.0)
CHAIN = ("claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5")


class Bench:
    """An asker, and the answer that grows by what it hears."""

    def __init__(self, *chain: str) -> None:
        gateway = quick()
        self.gateway: Gateway = gateway
        if chain:
            chat = gateway.chat.model_copy(update={"tiers": dict.fromkeys(gateway.chat.tiers, chain)})
            self.gateway = gateway.model_copy(update={"chat": chat})
        self.registry = Registry()
        self.model = ScriptedModel()
        context = Context(query_id="q", question="What?", top_k=5, passages=(PASSAGE,), asked_at=1, retrieved_ms=1)
        self.answer = Answer(context=context, passages=context.passages)
        self.again = 0
        self.asker = Asker(unlimited(self.model, ModelMetrics(self.registry)), gateway=self.gateway)

    async def ask(self, tier: str = "free") -> None:
        """One question."""
        await self.asker.ask(
            self.answer,
            tier=tier,
            take=self._take,
            telling=lambda _: nullcontext(),
            again=self._again,
            begin=lambda: None,
        )

    def asked(self) -> tuple[str, ...]:
        """The models, in order."""
        return tuple(prompt.model for prompt in self.model.prompts)

    def fallbacks(self, *, from_model: str, to_model: str) -> float | None:
        """How many were counted."""
        labels = {"from_model": from_model, "to_model": to_model}
        return self.registry.collectors.get_sample_value("gen_ai_client_fallbacks_total", labels)

    def _take(self, said: object) -> None:
        match said:
            case TextDelta(text=text):
                self.answer.text.append(text)
            case Citation():
                self.answer.cite(said)
            case Usage():
                self.answer.usage = said

    async def _again(self) -> None:
        assert (self.answer.text, self.answer.cited) == ([], [])
        self.again += 1


def busy(*, status: int = 529, begun: bool = False) -> ModelUnavailable:
    """A model without room."""
    return ModelUnavailable(provider="scripted", status=status, detail="busy", begun=begun)


@pytest.mark.parametrize("tier", ["free", "standard", "enterprise"])
async def test_the_model_of_the_tier_is_asked(tier: str) -> None:
    """With the question, the passages and the limit of gateway.yaml."""
    bench = Bench()
    chat = bench.gateway.chat
    await bench.ask(tier)
    (prompt,) = bench.model.prompts
    assert (prompt.question, prompt.model, prompt.max_tokens) == ("What?", chat.tiers[tier][0], chat.max_tokens)
    assert [passage.text for passage in prompt.passages] == ["It runs."]
    (used,) = bench.asker.used(bench.answer)
    price = chat.prices[chat.tiers[tier][0]]
    assert used.cost_usd == pytest.approx((100 * price.input + 10 * price.output) / 1_000_000)
    assert used.fallback_from is None


async def test_a_model_that_falls_silent_may_speak_later() -> None:
    """An answer without its end is none."""
    bench = Bench()
    bench.model.scripts = [[TextDelta(text="half an")]]
    with pytest.raises(ModelUnavailable, match="without its end"):
        await bench.ask()


async def test_no_call_costs_nothing() -> None:
    """And no event tells of it."""
    bench = Bench()
    assert bench.asker.used(bench.answer) == ()


@pytest.mark.parametrize("status", [529, 503])
async def test_a_model_that_refuses_for_want_of_room_is_passed_over_in_silence(status: int) -> None:
    """Nothing was said, so nothing is void; the price is that of the model that answered."""
    bench = Bench(*CHAIN)
    bench.model.failures = [busy(status=status), busy(status=status)]
    await bench.ask()
    assert (bench.asked(), bench.again) == (CHAIN, 0)
    (used,) = bench.asker.used(bench.answer)
    assert (used.model, used.fallback_from) == (CHAIN[2], CHAIN[0])
    price = bench.gateway.chat.prices[CHAIN[2]]
    assert used.cost_usd == pytest.approx((100 * price.input + 10 * price.output) / 1_000_000)
    assert bench.fallbacks(from_model=CHAIN[0], to_model=CHAIN[1]) == 1
    assert bench.fallbacks(from_model=CHAIN[1], to_model=CHAIN[2]) == 1


async def test_a_model_that_had_begun_has_its_words_taken_back() -> None:
    """Before the next one is asked."""
    bench = Bench(*CHAIN)
    bench.model.broken = [busy(begun=True)]
    await bench.ask()
    assert (bench.asked(), bench.again) == (CHAIN[:2], 1)
    assert "".join(bench.answer.text) == "It is said: It runs. "
    assert len(bench.answer.cited) == 1


async def test_a_model_that_had_begun_and_said_nothing_is_accounted_for() -> None:
    """Its call may be paid for."""
    bench = Bench(*CHAIN)
    bench.model.failures = [busy(begun=True)]
    await bench.ask()
    assert (bench.asked(), bench.again) == (CHAIN[:2], 1)


async def test_the_last_models_overload_is_everybodys() -> None:
    """The next try begins with the first again."""
    bench = Bench(*CHAIN[:2])
    bench.model.failures = [busy(), busy()]
    with pytest.raises(ModelUnavailable):
        await bench.ask()
    await bench.ask()
    assert bench.asked() == (*CHAIN[:2], CHAIN[0])
    assert bench.answer.fallback_from is None


@pytest.mark.parametrize(
    "error",
    [
        ModelUnavailable(provider="p", status=429, detail="slow down"),
        ModelUnavailable(provider="p", status=500, detail="oops"),
        ModelUnavailable(provider="p", status=504, detail="late"),
        ModelUnavailable(provider="p", status=None, detail="silent"),
        ModelUnusable(provider="p", status=401, detail="who?"),
        ModelSpent(provider="p", status=429, detail="spent"),
    ],
    ids=lambda error: f"{error.reason}-{error.status}",
)
async def test_nothing_else_falls_back(error: StageError) -> None:
    """Another model would not help, or would spend what nobody wanted to spend."""
    bench = Bench(*CHAIN)
    bench.model.failures = [error]
    with pytest.raises(type(error)):
        await bench.ask()
    assert bench.asked() == CHAIN[:1]
