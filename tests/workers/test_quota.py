"""Generators keep to their share of what a provider allows."""

import asyncio

from bus.records import Partition
from runtime.metrics import ModelMetrics, Registry
from runtime.settings.models import LimitSettings
from tests.fixtures.time import HandClock
from workers.quota import Quota, Reserved

PARTITIONS = [Partition("rag.contexts", number) for number in range(4)]


class Bench:
    """A quota of tokens, and what was reserved."""

    def __init__(self, *, tokens: int = 6000, clock: HandClock | None = None) -> None:
        self.clock = clock or HandClock()
        self.registry = Registry()
        self.reserved: list[Reserved] = []
        self.quota = Quota(
            {"m": LimitSettings(tokens_per_minute=tokens)},
            partitions=len(PARTITIONS),
            weights={"free": 1},
            metrics=ModelMetrics(self.registry),
            clock=self.clock,
            later=self.clock.later,
        )

    def want(self, model: str = "m", *, given: int = 100, most: int = 1000) -> asyncio.Task[None]:
        """A call."""
        return asyncio.create_task(self._admit(model, given, most))

    async def after(self, seconds: float) -> int:
        """How many were admitted by then."""
        for _ in range(10):
            await asyncio.sleep(0)
        self.clock.advance(seconds)
        for _ in range(10):
            await asyncio.sleep(0)
        return len(self.reserved)

    async def _admit(self, model: str, given: int, most: int) -> None:
        self.reserved.append(await self.quota.admit(model, tier="free", given=given, most=most))


async def test_each_keeps_to_the_partitions_that_it_has() -> None:
    """Two with one and three of four together come to the limit: 100 tokens a second here."""
    clock = HandClock()
    one, three = Bench(clock=clock), Bench(clock=clock)
    one.quota.gained(PARTITIONS[:1])
    three.quota.gained(PARTITIONS[1:])
    for bench in (one, three):
        bench.quota.settle(Reserved(model="m", tokens=0), used=0, made=0)
        tasks = [bench.want(given=25, most=0) for _ in range(1000)]
        assert len(tasks) == 1000
    await one.after(100)
    assert (await one.after(0), await three.after(0)) == (100, 300)


async def test_a_share_that_has_left_admits_nobody() -> None:
    """Until one comes back."""
    bench = Bench()
    bench.quota.gained(PARTITIONS)
    bench.quota.lost(PARTITIONS)
    waiting = bench.want()
    assert await bench.after(1000) == 0
    bench.quota.gained(PARTITIONS[:1])
    assert await bench.after(5) == 1
    await waiting


async def test_what_an_answer_takes_is_learnt() -> None:
    """The first reserves all that it may have; those after it what answers have had of late."""
    bench = Bench(tokens=600_000)
    bench.quota.gained(PARTITIONS)
    first = bench.want()
    await bench.after(1)
    await first
    bench.quota.settle(bench.reserved[0], used=150, made=50)
    second = bench.want()
    await bench.after(1)
    await second
    bench.quota.settle(bench.reserved[1], used=250, made=150)
    third = bench.want()
    await bench.after(1)
    await third
    assert [reserved.tokens for reserved in bench.reserved] == [1100, 150, 170]


async def test_a_model_without_limits_still_pauses() -> None:
    """For as long as its provider says, five minutes at most."""
    bench = Bench()
    bench.quota.pause("other", 1e9)
    task = bench.want("other")
    assert await bench.after(299) == 0
    assert await bench.after(1) == 1
    await task
    labels = {"gen_ai_request_model": "other", "tier": "free"}
    waited = bench.registry.collectors.get_sample_value("gen_ai_client_quota_wait_seconds_sum", labels)
    assert waited == 300
