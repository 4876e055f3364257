"""What a call costs is counted, also where it never came to its end."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from runtime.metrics import ModelMetrics, Registry
from runtime.settings.models import PriceSettings
from tests.fixtures.models import ScriptedModel, unlimited
from workers.errors import ModelUnavailable
from workers.metered import Said, about
from workers.ports import Passage, Prompt, Tally, TextDelta, Usage

PROMPT = Prompt(
    question="What runs?",
    passages=[Passage(doc_id="d", chunk_index=0, text="The pump runs.", visibility="public")],
    model="m",
    max_tokens=100,
)
TALLY = Tally(model="m-1", input_tokens=700, output_tokens=1)


class Bench:
    """A model that is held in the middle, and what it said."""

    def __init__(self) -> None:
        self.registry = Registry()
        self.model = ScriptedModel()
        self.said: list[Said] = []
        self.call: Callable[[], None] | None = None
        self._metered = unlimited(self.model, ModelMetrics(self.registry))

    async def answer(self) -> None:
        """One call, which `call` breaks off."""
        price = PriceSettings(input=1.0, output=5.0)
        await self._metered.answer(PROMPT, tier="free", price=price, take=self.said.append, telling=self._telling)

    async def broken_off(self) -> None:
        """One call, broken off after its first words."""
        self.model.gate.clear()
        answering = asyncio.create_task(self.answer())
        await self.model.speaking.wait()
        assert self.call
        self.call()
        await asyncio.wait_for(answering, 1)

    def counted(self, name: str, **labels: str) -> float | None:
        """A metric's value."""
        found = {"gen_ai_request_model": "m", "tier": "free", **labels}
        return self.registry.collectors.get_sample_value(f"gen_ai_client_{name}", found)

    def tokens(self) -> tuple[float | None, float | None]:
        """In and out."""
        name = "token_usage_total"
        return self.counted(name, gen_ai_token_type="input"), self.counted(name, gen_ai_token_type="output")

    @contextmanager
    def _telling(self, call: Callable[[], None]) -> Iterator[None]:
        self.call = call
        yield


async def test_a_whole_call_costs_what_the_provider_says() -> None:
    """A tally on the way is for nobody else."""
    bench = Bench()
    bench.model.tally = TALLY
    await bench.answer()
    assert bench.said[-1] == Usage(model="m", input_tokens=100, output_tokens=10, stop_reason="end_turn")
    assert not any(isinstance(said, Tally) for said in bench.said)
    assert bench.tokens() == (100, 10)
    assert bench.counted("operation_duration_seconds_count", error_type="") == 1


async def test_a_call_that_is_broken_off_costs_what_was_counted_and_said() -> None:
    """The prompt as the provider counted it, the text by its length; and the call is closed."""
    bench = Bench()
    bench.model.tally = TALLY
    await bench.broken_off()
    said = TextDelta(text="It is said: ")
    usage = Usage(
        model="m-1", input_tokens=700, output_tokens=about(said.text), stop_reason="cancelled", complete=False
    )
    assert bench.said == [said, usage]
    assert (bench.model.closed, bench.tokens()) == (1, (700, 3))
    assert bench.counted("cost_usd_total") == pytest.approx((700 * 1 + 3 * 5) / 1_000_000)
    assert bench.counted("operation_duration_seconds_count", error_type="cancelled") == 1


async def test_what_the_provider_has_not_counted_is_estimated() -> None:
    """The prompt too, by what was sent of it."""
    bench = Bench()
    await bench.broken_off()
    usage = bench.said[-1]
    assert isinstance(usage, Usage)
    assert (usage.model, usage.input_tokens) == ("m", about("What runs?") + about("The pump runs."))


async def test_a_call_that_breaks_is_paid_for_and_one_that_never_began_is_not() -> None:
    """Whether it will be made again or not."""
    bench = Bench()
    bench.model.failures = [ModelUnavailable(provider="scripted", status=529, detail="busy")]
    with pytest.raises(ModelUnavailable):
        await bench.answer()
    assert bench.tokens() == (None, None)
    bench.model.tally = TALLY
    bench.model.broken = [ModelUnavailable(provider="scripted", status=None, detail="cut")]
    with pytest.raises(ModelUnavailable):
        await bench.answer()
    assert bench.tokens() == (700, 3)
    assert bench.counted("operation_duration_seconds_count", error_type="529") == 1
    assert bench.counted("operation_duration_seconds_count", error_type="model-unavailable") == 1


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("a", 1), ("four", 1), ("fives", 2), ("水門水門", 3)])
def test_an_estimate_is_a_token_for_four_bytes(text: str, tokens: int) -> None:
    """Rounded up."""
    assert about(text) == tokens
