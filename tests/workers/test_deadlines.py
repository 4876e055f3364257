"""A query past its tier's deadline is neither searched nor sent to a model; its caller is told, and nothing is put aside."""

from collections.abc import AsyncIterator

import pytest

from bus.memory.bus import MemoryBus
from bus.memory.cluster import wall_clock
from bus.records import Partition, Received
from runtime.clock import SystemClock
from runtime.metrics import Registry, WorkerMetrics
from schemas.context import decode
from tests.fixtures.models import ScriptedModel
from tests.fixtures.plant import Heard, Plant, quick, running_plant, text_of, without_deadlines
from workers.deadlines import Deadlines
from workers.errors import Expired, ModelUnavailable
from workers.ports import ModelEvent, Prompt
from workers.topics import CONTEXTS, DEAD_LETTERS, RESULTS

HOUR_MS = 3_600_000
QUESTION = "How fast does the pump run?"


class LaterClock(SystemClock):
    """The machine's, set ahead."""

    ahead = 0

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        return super().now_ms() + self.ahead


class SlowModel(ScriptedModel):
    """Each call of it takes an hour."""

    def __init__(self, clock: LaterClock) -> None:
        super().__init__()
        self.clock = clock

    async def answer(self, prompt: Prompt) -> AsyncIterator[ModelEvent]:
        """As `ChatModel.answer`."""
        self.clock.ahead += HOUR_MS
        async for event in super().answer(prompt):
            yield event


def names(events: list[Heard]) -> list[str]:
    """The kinds of events, in order."""
    return [event.name for event in events]


async def with_a_chunk(plant: Plant) -> None:
    """One thing to know, and a retriever that finds it."""
    await plant.start("embedder")
    await plant.start("retriever")
    await plant.chunk("pump", "The pump runs at nine hundred turns")
    await plant.until(lambda: len(plant.index.entries) == 1)


@pytest.mark.parametrize(("tier", "seconds", "late"), [("free", 121, True), ("free", 119, False), ("gold", 121, True)])
def test_a_tier_has_its_deadline(tier: str, seconds: int, *, late: bool) -> None:
    """Counted from when the query was asked; what is late is counted by stage and tier."""
    registry, clock = Registry(), LaterClock()
    deadlines = Deadlines(stage="s", gateway=quick(), metrics=WorkerMetrics(registry), clock=clock)
    headers = (("user-tier", tier.encode()),)
    record = Received(topic="t", partition=0, offset=0, timestamp=0, key=b"k", value=b"", headers=headers)
    asked_at = clock.now_ms() - seconds * 1000
    if late:
        with pytest.raises(Expired, match=r"asked 12\d\.\d s ago"):
            deadlines.check(record, asked_at=asked_at)
    else:
        deadlines.check(record, asked_at=asked_at)
    assert (b'worker_expired_total{stage="s",tier="free"} 1.0' in registry.page()) == late


async def test_what_is_late_is_left_alone() -> None:
    """One error says what the caller can do; nothing was searched, asked or put aside, and both stages count it."""
    async with running_plant(bus=MemoryBus(clock=lambda: wall_clock() - HOUR_MS)) as plant:
        key = await plant.ask(QUESTION)
        await plant.start("retriever")
        await plant.start("generator")
        (event,) = await plant.ended(key)
        assert (event.name, event.data["status"]) == ("error", 504)
        assert event.data["type"].endswith("/deadline-exceeded")
        assert "Ask again" in event.data["detail"]
        (context,) = await plant.read(CONTEXTS)
        found = decode(context.value or b"")
        assert (found.expired, found.passages, plant.embedder.calls, plant.model.prompts) == (True, (), [], [])
        assert not await plant.read(DEAD_LETTERS)
        for running, stage in zip(plant.running, ("retriever", "generator"), strict=True):
            assert f'worker_expired_total{{stage="{stage}",tier="free"}} 1.0' in running.metrics()


async def test_a_generator_believes_a_context() -> None:
    """By its own clock the query might still be in time."""
    async with running_plant(bus=MemoryBus(clock=lambda: wall_clock() - HOUR_MS)) as plant:
        key = await plant.ask(QUESTION)
        retriever = await plant.start("retriever")
        await plant.until(lambda: _contexts(plant, 1))
        await plant.stop(retriever)
        plant.gateway = without_deadlines()
        await plant.start("generator")
        assert names(await plant.ended(key)) == ["error"]


async def test_a_tier_without_a_deadline_waits_for_ever() -> None:
    """It is answered an hour later."""
    async with running_plant(without_deadlines(), MemoryBus(clock=lambda: wall_clock() - HOUR_MS)) as plant:
        key = await plant.ask(QUESTION)
        await with_a_chunk(plant)
        await plant.start("generator")
        assert names(await plant.ended(key))[-1] == "done"


async def test_what_has_rested_too_long_is_not_tried_again(plant: Plant) -> None:
    """Before each call it is looked at anew."""
    plant.clock = clock = LaterClock()
    plant.model = plant.chat = SlowModel(clock)
    plant.model.failures = [ModelUnavailable(provider="scripted", status=529, detail="busy")]
    await with_a_chunk(plant)
    await plant.start("generator")
    events = await plant.ended(await plant.ask(QUESTION))
    assert (names(events), len(plant.model.prompts)) == (["retrieved", "error"], 1)
    assert events[-1].data["status"] == 504
    assert not await plant.read(DEAD_LETTERS)


async def test_the_model_is_not_called_after_a_long_opening() -> None:
    """The last look is after the log has the answer's beginning, which may have waited for Kafka."""
    bus = MemoryBus()

    class Opened(SystemClock):
        """An hour later once there is a result."""

        def now_ms(self) -> int:
            """Milliseconds since the epoch."""
            results = [bus._cluster.log(Partition(RESULTS, number)).bounds.end for number in range(6)]
            return super().now_ms() + (HOUR_MS if any(results) else 0)

    async with running_plant(bus=bus) as plant:
        plant.clock = Opened()
        await with_a_chunk(plant)
        await plant.start("generator")
        assert names(await plant.ended(await plant.ask(QUESTION))) == ["retrieved", "error"]
        assert plant.model.prompts == []


async def test_what_was_sent_to_a_model_in_time_is_answered(plant: Plant) -> None:
    """However late it has become since: its generator died, and another one begins again."""
    plant.clock = clock = LaterClock()
    await with_a_chunk(plant)
    generator = await plant.start("generator")
    plant.model.gate.clear()
    key = await plant.ask(QUESTION)
    await plant.until(lambda: _has(plant, key, "delta"))
    await plant.kill(generator)
    clock.ahead = HOUR_MS
    plant.model.gate.set()
    await plant.start("generator")
    events = await plant.ended(key)
    assert (names(events)[2], names(events)[-1]) == ("reset", "done")
    assert text_of(events) == events[-1].data["answer"]


async def _has(plant: Plant, key: str, name: str) -> bool:
    return name in names(await plant.events(key))


async def _contexts(plant: Plant, count: int) -> bool:
    return len(await plant.read(CONTEXTS)) == count
