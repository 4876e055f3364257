"""What a worker says of its load, and that saying it harms nothing."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from bus.memory.bus import MemoryBus
from bus.records import Received
from runtime.clock import SystemClock
from runtime.metrics import Registry, WorkerMetrics
from runtime.settings.kafka import ProducerSettings
from schemas.envelope import doubt
from schemas.load import MARKS, LaneLoad, Load, decode_load
from tests.fixtures.plant import Plant, quick, running_plant
from workers.backlog import Backlog
from workers.pace import Pace
from workers.reporter import SILENCE, Author, Gauge, Reporter, asked_at
from workers.turns import Turns

TOPIC = "rag.load"
TIERS = ("free", "enterprise")


def record(offset: int, tier: str = "free", **headers: str) -> Received:
    """A record that was written at its offset."""
    named = (("user-tier", tier.encode()), *((name.replace("_", "-"), text.encode()) for name, text in headers.items()))
    return Received(topic="t", partition=0, offset=offset, timestamp=offset, key=None, value=b"", headers=named)


class SetClock(SystemClock):
    """Stands still until it is set."""

    now = 0.0

    def monotonic(self) -> float:
        """Seconds that only ever grow."""
        return self.now


class Bench:
    """A reporter on a backlog that the test fills."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.clock = SetClock()
        self.stop = asyncio.Event()
        self.behind = 0
        self.backlog = Backlog(turns=Turns({}), lane_of=lambda one: one.header("user-tier") or "free", each=1000)
        self.gauge = Gauge(
            stage="generator",
            concurrency=4,
            tiers=TIERS,
            backlog=self.backlog,
            pace=Pace(self.clock),
            behind=lambda: self.behind,
        )

    def running(self) -> AbstractAsyncContextManager[None]:
        """It reports while this is open."""
        plant = self.plant
        author = Author(name="generator-1", topic=TOPIC, signer=plant.signer, producer=plant.producer, clock=self.clock)
        return Reporter(self.gauge, author=author).running(self.stop)

    async def said(self) -> list[Load]:
        """Everything so far."""
        return [decode_load(one.value or b"") for one in await self.plant.read(TOPIC)]

    async def until(self, condition: Callable[[list[Load]], bool]) -> list[Load]:
        """What was said, once that holds of it."""
        found: list[Load] = []

        async def holds() -> bool:
            found[:] = await self.said()
            return condition(found)

        await self.plant.until(holds)
        return found


@pytest.fixture
async def bench(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A reporter that looks often."""
    monkeypatch.setattr("workers.reporter.EVERY", 0.005)
    return Bench(plant)


async def test_a_load_is_what_the_worker_has(bench: Bench) -> None:
    """By lane: how many wait, how many are in work, and when those that wait were asked."""
    for offset in range(3):
        bench.backlog.put(record(offset))
    bench.backlog.put(record(3, "enterprise", asked_at="1"))
    assert bench.backlog.take() == record(3, "enterprise", asked_at="1")
    bench.backlog.put(record(4, "enterprise", asked_at="2"))
    bench.gauge.pace.note(1.25)
    bench.behind = 7
    async with bench.running():
        (load,) = await bench.until(lambda said: len(said) == 1)
    lanes = {
        "free": LaneLoad(waiting=3, in_work=0, marks=(0, 1, 2)),
        "enterprise": LaneLoad(waiting=1, in_work=1, marks=(2,)),
    }
    assert load == Load(stage="generator", concurrency=4, seconds=1.25, behind=7, lanes=lanes)


async def test_a_long_lane_is_told_by_some_of_its_records(bench: Bench) -> None:
    """From its first to its last."""
    for offset in range(1000):
        bench.backlog.put(record(offset))
    lane = bench.gauge.load().lanes["free"]
    assert (lane.waiting, len(lane.marks), lane.marks[0], lane.marks[-1]) == (1000, MARKS, 0, 999)


async def test_only_what_has_changed_is_said(bench: Bench) -> None:
    """And after a silence the same again, so that nobody is thought dead."""
    async with bench.running():
        await bench.until(lambda said: len(said) == 1)
        await asyncio.sleep(0.03)
        assert len(await bench.said()) == 1
        bench.behind = 1
        await bench.until(lambda said: len(said) == 2)
        bench.clock.now += SILENCE
        await bench.until(lambda said: len(said) == 3)


async def test_leaving_is_said_at_once_and_once(bench: Bench) -> None:
    """As soon as the worker is told to stop, though it may have much to finish."""
    async with bench.running():
        await bench.until(lambda said: len(said) == 1)
        bench.stop.set()
        said = await bench.until(lambda said: len(said) == 2)
        assert [load.leaving for load in said] == [False, True]
    await bench.plant.producer.flush()
    assert len(await bench.said()) == 2


async def test_a_worker_that_fails_says_that_it_leaves(bench: Bench) -> None:
    """Nobody waits for what it had."""

    async def fail() -> None:
        async with bench.running():
            await bench.until(lambda said: len(said) == 1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert [load.leaving for load in await bench.until(lambda said: len(said) == 2)] == [False, True]


async def test_a_report_is_a_record_of_ours(bench: Bench) -> None:
    """Keyed by the worker's name, and signed."""
    async with bench.running():
        await bench.until(lambda said: len(said) == 1)
    (found, *_) = await bench.plant.read(TOPIC)
    assert (found.key, found.header("ce_type"), found.header("ce_id")) == (b"generator-1", Load.type, "generator-1/1")
    signer = bench.plant.signer
    assert doubt(topic=TOPIC, key=found.key, headers=found.headers, body=found.value, signer=signer) is None


async def test_what_kafka_does_not_take_is_lost_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker goes on, and reports again when Kafka is back."""
    monkeypatch.setattr("workers.reporter.EVERY", 0.005)
    bus = MemoryBus(producer=ProducerSettings(delivery_timeout=0.01))
    async with running_plant(bus=bus) as plant:
        bench = Bench(plant)
        async with bench.running():
            await bench.until(lambda said: len(said) == 1)
            bus.stop()
            for _ in range(3):
                bench.behind += 1
                await asyncio.sleep(0.02)
            bus.start()
            bench.behind = 9
            await bench.until(lambda said: said[-1].behind == 9)


async def test_the_metrics_say_what_waits(bench: Bench) -> None:
    """As it is when they are asked."""
    registry = Registry()
    bench.gauge.show(WorkerMetrics(registry))
    bench.backlog.put(record(0, "enterprise"))
    page = registry.page().decode()
    assert 'worker_waiting_records{stage="generator",tier="enterprise"} 1.0' in page
    assert 'worker_waiting_records{stage="generator",tier="free"} 0.0' in page


@pytest.mark.parametrize(("said", "at"), [("12", 12), ("", 5), ("soon", 5), ("\u00b2", 5), ("-1", 5)])
def test_when_it_was_asked_is_in_a_header(said: str, at: int) -> None:
    """Or else when the record was written."""
    assert asked_at(record(5, asked_at=said)) == at


async def test_workers_that_queries_wait_for_report() -> None:
    """Each under a name of its own, until it stops; where the configuration names a topic."""
    async with running_plant() as plant:
        for stage in ("embedder", "retriever", "generator", "generator"):
            await plant.start(stage)
        loads = plant.gateway.workers.load
        assert loads == TOPIC

        async def all_have() -> bool:
            return len({one.key for one in await plant.read(TOPIC)}) == 3

        await plant.until(all_have)
        for running in list(plant.running):
            await plant.stop(running)
        said = [decode_load(one.value or b"") for one in await plant.read(TOPIC)]
        assert sorted(load.stage for load in said if load.leaving) == ["generator", "generator", "retriever"]


async def test_without_a_topic_nothing_is_said() -> None:
    """A configuration may do without."""
    gateway = quick()
    workers = gateway.workers.model_copy(update={"load": None})
    async with running_plant(gateway.model_copy(update={"workers": workers})) as plant:
        generator = await plant.start("generator")
        await plant.stop(generator)
        assert not await plant.read(TOPIC)
