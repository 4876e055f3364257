"""Who may call a model, and when."""

import asyncio

from runtime.settings.models import LimitSettings
from tests.fixtures.time import HandClock
from workers.gate import Cost, Gate


class Bench:
    """A gate whose share is the whole limit, with nothing saved up, and who has passed it."""

    def __init__(self, *, requests: int | None = None, tokens: int | None = None, **weights: int) -> None:
        self.clock = HandClock()
        limits = LimitSettings(requests_per_minute=requests, tokens_per_minute=tokens)
        self.gate = Gate(limits, weights=weights, clock=self.clock, later=self.clock.later)
        self.gate.resize(1.0)
        self.passed: list[str] = []

    async def want(self, *names: str, tokens: float = 1) -> list[asyncio.Task[None]]:
        """Each wants to pass; a name is its tier and a number."""
        tasks = [asyncio.create_task(self._pass(name, tokens)) for name in names]
        await settled()
        return tasks

    async def after(self, seconds: float) -> list[str]:
        """Who has passed by then."""
        self.clock.advance(seconds)
        await settled()
        return self.passed

    async def _pass(self, name: str, tokens: float) -> None:
        await self.gate.pass_through(name.rstrip("0123456789"), Cost(requests=1, tokens=tokens))
        self.passed.append(name)


async def settled() -> None:
    """Whoever could go on has done so."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_without_limits_nobody_waits() -> None:
    """A model that nothing is said of has none."""
    bench = Bench()
    await bench.want("free1", "free2")
    assert bench.passed == ["free1", "free2"]


async def test_calls_come_at_their_rate() -> None:
    """Sixty a minute are one a second."""
    bench = Bench(requests=60)
    await bench.want("free1", "free2", "free3")
    assert bench.passed == []
    assert await bench.after(1) == ["free1"]
    assert await bench.after(0.9) == ["free1"]
    assert await bench.after(0.1) == ["free1", "free2"]


async def test_tokens_are_waited_for_and_owed() -> None:
    """A call larger than a second's worth passes, and whoever comes after it waits for what it took."""
    bench = Bench(tokens=60)
    await bench.want("free1", tokens=10)
    assert await bench.after(1) == ["free1"]
    await bench.want("free2")
    assert await bench.after(9.9) == ["free1"]
    assert await bench.after(0.1) == ["free1", "free2"]


async def test_what_a_call_really_took_is_put_right() -> None:
    """Both ways."""
    bench = Bench(tokens=60)
    await bench.want("free1", tokens=10)
    await bench.after(1)
    await bench.want("free2", tokens=1)
    bench.gate.correct(-9)
    assert await bench.after(1) == ["free1", "free2"]
    bench.gate.correct(5)
    await bench.want("free3", tokens=1)
    assert await bench.after(5.9) == ["free1", "free2"]
    assert await bench.after(0.1) == ["free1", "free2", "free3"]


async def test_tiers_take_turns_by_weight_and_within_one_in_order() -> None:
    """Whoever was there first."""
    bench = Bench(requests=60, enterprise=3, free=1)
    await bench.want(*(f"free{number}" for number in range(4)), *(f"enterprise{number}" for number in range(6)))
    passed = await bench.after(8)
    assert [name.rstrip("0123456789") for name in passed].count("enterprise") == 6
    for tier in ("free", "enterprise"):
        own = [name for name in passed if name.startswith(tier)]
        assert own == sorted(own)
    assert len(await bench.after(2)) == 10


async def test_who_leaves_has_taken_nothing() -> None:
    """Be it whoever is next, or in the very moment in which it was let through."""
    bench = Bench(requests=60)
    first, second, _ = await bench.want("free1", "free2", "free3")
    first.cancel()
    await settled()
    bench.clock.advance(1)
    second.cancel()
    await settled()
    assert bench.passed == ["free3"]


async def test_a_pause_holds_everybody_up() -> None:
    """With limits and without."""
    for bench in (Bench(), Bench(requests=60)):
        bench.gate.pause(10)
        await bench.want("free1", "enterprise1")
        assert await bench.after(9.9) == []
        assert "free1" in await bench.after(1.2)


async def test_without_a_share_one_waits_for_one() -> None:
    """That is when a partition comes."""
    bench = Bench(requests=60)
    bench.gate.resize(0.0)
    await bench.want("free1")
    assert await bench.after(999) == []
    bench.gate.resize(0.5)
    assert await bench.after(1.9) == []
    assert await bench.after(0.1) == ["free1"]
