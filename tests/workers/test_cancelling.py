"""A cancelled query ends once, in `cancelled`, wherever it was; nothing more is paid for it, and nobody else is harmed."""

import asyncio
import random

import pytest

from bus.memory.bus import MemoryBus
from bus.memory.cluster import wall_clock
from runtime.settings.kafka import ProducerSettings
from schemas.context import decode
from schemas.events import TERMINAL
from schemas.signature import Signer
from schemas.validator import SchemaValidators
from tests.fixtures.plant import Heard, Plant, quick, running_plant, text_of
from workers.cancels import AHEAD_MS
from workers.errors import ModelUnavailable
from workers.ports import Tally
from workers.topics import ANSWERS, CANCELS, CONTEXTS, DEAD_LETTERS

QUESTION = "How fast does the pump run?"
FAR_OFF = ModelUnavailable(provider="scripted", status=529, detail="busy", retry_after=300.0)
NOTHING = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


def names(events: list[Heard]) -> list[str]:
    """The kinds of events, in order."""
    return [event.name for event in events]


def terminal(events: list[Heard]) -> int:
    """How many events say that it is over."""
    return sum(event.name in TERMINAL for event in events)


async def with_a_chunk(plant: Plant) -> None:
    """One thing to know, and a retriever that finds it."""
    await plant.start("embedder")
    await plant.start("retriever")
    await plant.chunk("pump", "The pump runs at nine hundred turns")
    await plant.until(lambda: len(plant.index.entries) == 1)


async def spoken_to(plant: Plant) -> str:
    """A query whose model has begun to speak, and is held."""
    plant.model.gate.clear()
    plant.model.speaking.clear()
    key = await plant.ask(QUESTION)
    await asyncio.wait_for(plant.model.speaking.wait(), 5)
    return key


async def retried(plant: Plant) -> None:
    """Returns once the last worker that was started has a record at rest."""
    await plant.until(lambda: "worker_retried_total{" in plant.running[-1].metrics())


async def test_a_call_under_way_is_broken_off(plant: Plant) -> None:
    """The text so far stays, what it has cost is told, and there is no result."""
    await with_a_chunk(plant)
    await plant.start("generator")
    plant.model.tally = Tally(model="claude-haiku-4-5-x", input_tokens=700, output_tokens=1)
    key = await spoken_to(plant)
    await plant.cancel(key)
    events = await plant.ended(key)
    assert names(events) == ["retrieved", "delta", "usage", "cancelled"]
    usage = {"prompt_tokens": 700, "completion_tokens": 3, "total_tokens": 703}
    ended = {"query_id": key, "model": "claude-haiku-4-5-x", "token_usage": usage, "estimated": True}
    assert (text_of(events), events[-1].data) == ("It is said: ", ended)
    assert (events[-2].data["estimated"], events[-2].data["total_tokens"]) == (True, 703)
    assert plant.model.closed == 1
    assert (await plant.read(ANSWERS), await plant.read(DEAD_LETTERS)) == ([], [])
    validators = SchemaValidators.load()
    assert not any(tuple(validators.get(event.name).violations(event.data)) for event in events)


async def test_an_answer_that_waits_is_not_begun(plant: Plant) -> None:
    """No generator was there: the one that comes knows of the cancel before it takes its first query."""
    await with_a_chunk(plant)
    key = await plant.ask(QUESTION)
    await plant.until(lambda: _contexts(plant, 1))
    await plant.cancel(key)
    await plant.start("generator")
    events = await plant.ended(key)
    assert [(event.name, event.data) for event in events] == [
        ("cancelled", {"query_id": key, "model": None, "token_usage": NOTHING, "estimated": False})
    ]
    assert plant.model.prompts == []


async def test_a_search_that_waits_is_not_made(plant: Plant) -> None:
    """What goes on is an empty context that says why."""
    key = await plant.ask(QUESTION)
    await plant.cancel(key)
    await plant.start("retriever")
    await plant.start("generator")
    assert names(await plant.ended(key)) == ["cancelled"]
    (context,) = await plant.read(CONTEXTS)
    found = decode(context.value or b"")
    assert (found.cancelled, found.passages, plant.embedder.calls) == (True, (), [])


async def test_a_generator_believes_a_context(plant: Plant) -> None:
    """Though it has forgotten the cancel itself, as one among too many."""
    gateway = quick()
    topics = {name: topic for name, topic in gateway.topics.items() if name != CANCELS}
    key = await plant.ask(QUESTION)
    await plant.cancel(key)
    await plant.start("retriever")
    await plant.until(lambda: _contexts(plant, 1))
    plant.gateway = gateway.model_copy(update={"topics": topics})
    await plant.start("generator")
    assert names(await plant.ended(key)) == ["cancelled"]


async def test_an_answer_at_rest_ends_at_once(plant: Plant) -> None:
    """The model has asked for five minutes, and every slot is taken by another."""
    await with_a_chunk(plant)
    generator = plant.gateway.workers.generator.model_copy(update={"concurrency": 1})
    workers = plant.gateway.workers.model_copy(update={"generator": generator})
    plant.gateway = plant.gateway.model_copy(update={"workers": workers})
    await plant.start("generator")
    plant.model.failures = [FAR_OFF]
    resting = await plant.ask(QUESTION)
    await retried(plant)
    speaking = await spoken_to(plant)
    await plant.cancel(resting)
    events = await plant.ended(resting)
    assert names(events) == ["retrieved", "cancelled"]
    assert events[-1].data["token_usage"] == NOTHING
    plant.model.gate.set()
    assert (await plant.ended(speaking))[-1].name == "done"
    assert (await plant.ended(await plant.ask(QUESTION)))[-1].name == "done"


async def test_an_answer_that_waits_ends_at_once(plant: Plant) -> None:
    """The only slot is another's, and others are before it; also where its cancel was heard a stage earlier."""
    await with_a_chunk(plant)
    generator = plant.gateway.workers.generator.model_copy(update={"concurrency": 1})
    workers = plant.gateway.workers.model_copy(update={"generator": generator})
    plant.gateway = plant.gateway.model_copy(update={"workers": workers})
    await plant.start("generator")
    speaking = await spoken_to(plant)
    waiting = [await plant.ask(QUESTION) for _ in range(3)]
    await plant.until(
        lambda: 'worker_waiting_records{stage="generator",tier="free"} 3.0' in plant.running[-1].metrics()
    )
    await plant.cancel(waiting[2])
    assert names(await plant.ended(waiting[2])) == ["cancelled"]
    early = "early"
    await plant.cancel(early)
    waiting.append(await plant.ask(QUESTION, key=early))
    assert names(await plant.ended(early)) == ["cancelled"]
    assert len(plant.model.prompts) == 1
    plant.model.gate.set()
    for key in (speaking, *waiting[:2]):
        assert (await plant.ended(key))[-1].name == "done"


async def test_a_search_at_rest_ends_at_once(plant: Plant) -> None:
    """As in the stage after it."""
    await plant.start("generator")
    await plant.start("retriever")
    plant.embedder.failures = [FAR_OFF]
    key = await plant.ask(QUESTION)
    await retried(plant)
    await plant.cancel(key)
    assert names(await plant.ended(key)) == ["cancelled"]


async def test_what_is_done_stays_done(plant: Plant) -> None:
    """A cancel that comes too late changes nothing, and a generator that comes later sees that it did."""
    await with_a_chunk(plant)
    generator = await plant.start("generator")
    key = await plant.ask(QUESTION)
    events = await plant.ended(key)
    await plant.cancel(key)
    await plant.kill(generator)
    await plant.start("generator")
    await plant.ended(await plant.ask(QUESTION))
    assert await plant.events(key) == events
    assert names(events)[-1] == "done"


async def test_only_its_owner_cancels_a_query(plant: Plant) -> None:
    """Neither another caller who knows its key, nor whoever can write to Kafka."""
    await with_a_chunk(plant)
    await plant.start("generator")
    key = await spoken_to(plant)
    await plant.cancel(key, user="mallory")
    forger = plant.signer
    plant.signer = Signer("x" * 32)
    await plant.cancel(key)
    plant.signer = forger
    await plant.until(lambda: 'worker_skipped_total{reason="untrusted"' in plant.running[-1].metrics())
    plant.model.gate.set()
    assert names(await plant.ended(key))[-1] == "done"


@pytest.mark.parametrize(("later", "end"), [(AHEAD_MS, "cancelled"), (AHEAD_MS + 1, "done")])
async def test_an_id_may_be_used_again_after_it_was_cancelled(later: int, end: str) -> None:
    """A cancel counts for what was asked before it, as far as two clocks can tell."""
    now = wall_clock()
    async with running_plant(bus=MemoryBus(clock=lambda: now)) as plant:
        await plant.cancel("mine")
        now += later
        await plant.ask(QUESTION, key="mine")
        await with_a_chunk(plant)
        await plant.start("generator")
        assert names(await plant.ended("mine"))[-1] == end


async def test_a_generator_killed_after_a_cancel_is_followed_by_one_that_says_so(plant: Plant) -> None:
    """Once, and without asking the model again; what the dead one spent is not known."""
    await with_a_chunk(plant)
    generator = await plant.start("generator")
    key = await spoken_to(plant)
    await plant.until(lambda: _has(plant, key, "delta"))
    await plant.kill(generator)
    await plant.cancel(key)
    await plant.start("generator")
    events = await plant.ended(key)
    assert names(events) == ["retrieved", "delta", "cancelled"]
    assert (events[-1].data["token_usage"], events[-1].data["estimated"]) == (NOTHING, True)
    assert len(plant.model.prompts) == 1


@pytest.mark.parametrize("seed", range(6))
async def test_any_worker_may_die_while_queries_are_cancelled(seed: int) -> None:
    """Half of them are, at any time: each ends once, and those that nobody cancelled are answered."""
    chance = random.Random(seed)
    async with running_plant() as plant:
        await with_a_chunk(plant)
        retriever, generator = plant.running[1], await plant.start("generator")
        keys: list[str] = []
        cancelled: set[str] = set()
        for _ in range(5):
            keys += [await plant.ask(QUESTION) for _ in range(6)]
            for _ in range(chance.randrange(60)):
                await asyncio.sleep(0)
            for key in chance.sample(keys[-6:], 3):
                await plant.cancel(key)
                cancelled.add(key)
            if chance.random() < 0.5:
                await plant.kill(retriever)
                retriever = await plant.start("retriever")
            else:
                await plant.kill(generator)
                generator = await plant.start("generator")
        heard = {key: await plant.ended(key) for key in keys}
        assert dict.fromkeys(keys, 1) == {key: terminal(events) for key, events in heard.items()}
        assert all(events[-1].name == "done" for key, events in heard.items() if key not in cancelled)
        assert all(events[-1].name in {"done", "cancelled"} for key, events in heard.items() if key in cancelled)
        assert not await plant.read(DEAD_LETTERS)


async def test_a_cancel_is_heard_after_an_outage() -> None:
    """Kafka was away in the middle of an answer; what is told of it afterwards is whole, and told once."""
    bus = MemoryBus(producer=ProducerSettings(delivery_timeout=0.05))
    async with running_plant(bus=bus) as plant:
        await with_a_chunk(plant)
        await plant.start("generator")
        key = await spoken_to(plant)
        await plant.until(lambda: _has(plant, key, "delta"))
        bus.stop()
        await asyncio.sleep(0.1)
        bus.start()
        await plant.cancel(key)
        events = await plant.ended(key)
        assert (events[-1].name, terminal(events), text_of(events)) == ("cancelled", 1, "It is said: ")


async def test_without_the_topic_nothing_is_cancelled() -> None:
    """A configuration may do without."""
    gateway = quick()
    topics = {name: topic for name, topic in gateway.topics.items() if name != CANCELS}
    async with running_plant(gateway.model_copy(update={"topics": topics})) as plant:
        await with_a_chunk(plant)
        await plant.start("generator")
        assert (await plant.ended(await plant.ask(QUESTION)))[-1].name == "done"


async def test_what_is_cancelled_is_counted(plant: Plant) -> None:
    """By the stage that had less to do for it."""
    key = await plant.ask(QUESTION)
    await plant.cancel(key)
    await plant.start("retriever")
    await plant.start("generator")
    await plant.ended(key)
    for running, stage in zip(plant.running, ("retriever", "generator"), strict=True):
        assert f'worker_cancelled_total{{stage="{stage}"}} 1.0' in running.metrics()


async def _has(plant: Plant, key: str, name: str) -> bool:
    return name in names(await plant.events(key))


async def _contexts(plant: Plant, count: int) -> bool:
    return len(await plant.read(CONTEXTS)) == count
