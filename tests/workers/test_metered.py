"""What a call costs is counted, also where it never came to its end."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from bus.records import Partition
from runtime.metrics import ModelMetrics, Registry
from runtime.settings.models import LimitSettings, PriceSettings
from tests.fixtures.models import ScriptedModel
from tests.fixtures.time import HandClock
from workers.errors import ModelUnavailable
from workers.metered import MeteredModel, Said, about
from workers.ports import Passage, Prompt, Tally, TextDelta, Usage
from workers.quota import Quota

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
        self.metrics = ModelMetrics(self.registry)
        self.model = ScriptedModel()
        self.clock = HandClock()
        self.said: list[Said] = []
        self.call: Callable[[], None] | None = None
        self._metered = self._limited()

    async def answer(self) -> bool:
        """One call, which `call` breaks off."""
        price = PriceSettings(input=1.0, output=5.0)
        return await self._metered.answer(
            PROMPT, tier="free", price=price, take=self.said.append, telling=self._telling
        )

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

    def limit(self, **limits: int) -> None:
        """From now on the model has limits, and nothing is saved up."""
        self._metered = self._limited(m=LimitSettings(**limits))

    def _limited(self, **limits: LimitSettings) -> MeteredModel:
        quota = Quota(limits, partitions=1, weights={}, metrics=self.metrics, clock=self.clock, later=self.clock.later)
        quota.gained([Partition("rag.contexts", 0)])
        return MeteredModel(self.model, quota=quota, metrics=self.metrics)

    async def waits(self, answering: asyncio.Task[bool], seconds: float) -> None:
        """Proves that a call waits for so long, and no longer."""
        for part in (0.0, seconds - 0.5):
            self.clock.advance(part)
            for _ in range(10):
                await asyncio.sleep(0)
        assert not answering.done()
        self.clock.advance(0.5)
        assert await asyncio.wait_for(answering, 1)

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


async def test_a_call_waits_for_its_limits_and_pays_for_what_it_took() -> None:
    """The estimate was 7 for the prompt and 100 for the answer, the provider's count is 110: what is over is owed."""
    bench = Bench()
    bench.limit(tokens_per_minute=60)
    await bench.waits(asyncio.create_task(bench.answer()), 1)
    await bench.waits(asyncio.create_task(bench.answer()), 110)


async def test_a_call_that_was_refused_takes_none_of_the_tokens() -> None:
    """And one that broke takes what was heard of it."""
    bench = Bench()
    bench.limit(tokens_per_minute=60)
    bench.clock.advance(1)
    bench.model.failures = [ModelUnavailable(provider="scripted", status=529, detail="busy")]
    with pytest.raises(ModelUnavailable):
        await bench.answer()
    bench.model.tally = TALLY
    bench.model.broken = [ModelUnavailable(provider="scripted", status=None, detail="cut")]
    with pytest.raises(ModelUnavailable):
        await bench.answer()
    await bench.waits(asyncio.create_task(bench.answer()), 703)


async def test_of_a_call_that_said_nothing_what_was_reserved_is_taken() -> None:
    """It may have been answered."""
    bench = Bench()
    bench.limit(tokens_per_minute=60)
    bench.clock.advance(1)
    bench.model.failures = [ModelUnavailable(provider="scripted", status=None, detail="silent")]
    with pytest.raises(ModelUnavailable):
        await bench.answer()
    reserved = about(PROMPT.question) + about("The pump runs.") + PROMPT.max_tokens
    await bench.waits(asyncio.create_task(bench.answer()), reserved)


async def test_who_calls_while_one_waits_for_its_limits_ends_it_without_a_call() -> None:
    """Nothing was asked, so nothing is counted and nothing told."""
    bench = Bench()
    bench.limit(requests_per_minute=1)
    answering = asyncio.create_task(bench.answer())
    await asyncio.sleep(0)
    assert bench.call
    bench.call()
    assert await asyncio.wait_for(answering, 1) is False
    assert (bench.model.prompts, bench.said, bench.tokens()) == ([], [], (None, None))


async def test_when_a_provider_says_when_to_come_back_all_heed_it() -> None:
    """One record has met the limit, and the next waits without meeting it too."""
    bench = Bench()
    bench.model.failures = [ModelUnavailable(provider="scripted", status=429, detail="slow down", retry_after=20.0)]
    with pytest.raises(ModelUnavailable):
        await bench.answer()
    await bench.waits(asyncio.create_task(bench.answer()), 20)
    assert bench.counted("quota_wait_seconds_count") == 2


@pytest.mark.parametrize(("status", "retry_after"), [(429, None), (529, 20.0), (503, 20.0)])
async def test_nothing_else_holds_the_others_up(status: int, retry_after: float | None) -> None:
    """An overload is answered by the next of the chain."""
    bench = Bench()
    bench.model.failures = [
        ModelUnavailable(provider="scripted", status=status, detail="busy", retry_after=retry_after)
    ]
    with pytest.raises(ModelUnavailable):
        await bench.answer()
    assert await asyncio.wait_for(bench.answer(), 1)


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("a", 1), ("four", 1), ("fives", 2), ("水門水門", 3)])
def test_an_estimate_is_a_token_for_four_bytes(text: str, tokens: int) -> None:
    """Rounded up."""
    assert about(text) == tokens
