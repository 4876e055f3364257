"""Whatever dies, and whenever: every query ends once, and its text is whole."""

import asyncio
import random
from dataclasses import replace
from functools import partial

import pytest

from bus.memory.bus import MemoryBus
from bus.memory.cluster import wall_clock
from bus.records import Record, with_headers
from runtime.settings.kafka import ProducerSettings
from tests.fixtures.plant import Heard, Plant, quick, running_plant, text_of, without_deadlines
from workers.errors import ModelRejected, ModelUnavailable
from workers.topics import CONTEXTS, QUERIES, RESULTS


def names(events: list[Heard]) -> list[str]:
    """The kinds of events, in order."""
    return [event.name for event in events]


def terminal(events: list[Heard]) -> int:
    """How many events say that it is over."""
    return sum(name in {"done", "error"} for name in names(events))


async def with_a_chunk(plant: Plant) -> None:
    """One thing to know."""
    await plant.start("embedder")
    retriever = await plant.start("retriever")
    await plant.chunk("pump", "The pump runs at nine hundred turns")
    await plant.until(lambda: len(plant.index.entries) == 1)
    assert retriever.worker.working.is_set()


async def test_a_generator_killed_in_the_middle_is_followed_by_one_that_says_reset(plant: Plant) -> None:
    """The model is called twice, the reader is told to begin again, and the text is that of the second call."""
    await with_a_chunk(plant)
    generator = await plant.start("generator")
    plant.model.gate.clear()
    key = await plant.ask("How fast does the pump run?")
    await plant.model.speaking.wait()
    await plant.until(lambda: _has(plant, key, "delta"))
    await plant.kill(generator)
    plant.model.gate.set()
    await plant.start("generator")
    events = await plant.ended(key)
    reset = next(event for event in events if event.name == "reset")
    assert reset.data == {"attempt": 2, "reason": "worker-restarted"}
    assert names(events)[:5] == ["retrieved", "delta", "reset", "retrieved", "delta"]
    assert text_of(events) == events[-1].data["answer"]
    assert (terminal(events), len(plant.model.prompts)) == (1, 2)


async def test_a_generator_that_was_frozen_too_long_says_nothing_more(plant: Plant) -> None:
    """Its partitions are another's by then; neither its words nor its ends come into that one's answers."""
    await with_a_chunk(plant)
    frozen = await plant.start("generator")
    await plant.start("generator")
    plant.model.gate.clear()
    keys = [await plant.ask("How fast does the pump run?") for _ in range(12)]
    for key in keys:
        await plant.until(partial(_has, plant, key, "delta"))
    assert isinstance(plant.bus, MemoryBus)
    await plant.bus.expel(plant.gateway.workers.generator.group)
    await plant.until(lambda: len(plant.model.prompts) > len(keys))
    plant.model.gate.set()
    answers = [await plant.ended(key) for key in keys]
    await plant.stop(frozen)
    assert answers == [await plant.events(key) for key in keys]
    resets = sum(names(events).count("reset") for events in answers)
    assert resets > 0
    assert len(plant.model.prompts) == len(keys) + resets
    for events in answers:
        assert (terminal(events), text_of(events)) == (1, events[-1].data["answer"])


async def test_a_generator_killed_after_the_answer_does_not_call_the_model_again(plant: Plant) -> None:
    """Its offset was never committed, so the context comes again; the log says that it is answered."""
    await with_a_chunk(plant)
    generator = await plant.start("generator")
    key = await plant.ask("How fast does the pump run?")
    await plant.ended(key)
    await plant.kill(generator)
    await plant.start("generator")
    other = await plant.ask("And the pump?", key="other")
    await plant.ended(other)
    assert terminal(await plant.events(key)) == 1
    assert len(plant.model.prompts) == 2


async def test_an_answer_without_its_terminal_event_is_announced(plant: Plant) -> None:
    """A generator died between rag.answers and rag.results: the answer is there, and needs no model."""
    await with_a_chunk(plant)
    generator = await plant.start("generator")
    key = await plant.ask("How fast does the pump run?")
    events = await plant.ended(key)
    await plant.kill(generator)
    async with running_plant() as other:
        for record in (one for one in await plant.read("rag.answers") if one.key == key.encode()):
            await other.write("rag.answers", key, record.value)
        for record in (one for one in await plant.read(CONTEXTS) if one.key == key.encode()):
            await other.write(CONTEXTS, key, record.value)
        await other.start("generator")
        announced = await other.ended(key)
        assert names(announced) == ["done"]
        assert announced[0].data == events[-1].data
        assert other.model.prompts == []


async def test_a_second_copy_of_a_query_is_answered_once(plant: Plant) -> None:
    """A retriever that dies before its commit writes the context twice."""
    await with_a_chunk(plant)
    await plant.start("generator")
    for _ in range(3):
        await plant.ask("How fast does the pump run?", key="same")
    await plant.ended("same")
    await plant.until(lambda: _count(plant, CONTEXTS, 3))
    await plant.ended(await plant.ask("Anything else?"))
    assert terminal(await plant.events("same")) == 1
    assert len(plant.model.prompts) == 2


async def test_a_copy_that_comes_much_later_is_not_answered_again() -> None:
    """Nor announced: a generator that was not there looks for the end where the answer lies, not where the copy does."""
    now = [wall_clock() - 3_600_000]
    async with running_plant(bus=MemoryBus(clock=lambda: now[0])) as plant:
        plant.gateway = without_deadlines()
        await with_a_chunk(plant)
        generator = await plant.start("generator")
        await plant.ended(await plant.ask("How fast does the pump run?", key="same"))
        await plant.stop(generator)
        now[0] += 600_000
        await plant.ask("How fast does the pump run?", key="same")
        await plant.start("generator")
        for _ in range(12):  # one of them is behind the copy in its partition
            await plant.ended(await plant.ask("Anything else?"))
        assert terminal(await plant.events("same")) == 1


async def test_a_call_that_breaks_off_is_made_again_after_a_reset(plant: Plant) -> None:
    """The reader has seen the first words, so they are told that these do not count."""
    await with_a_chunk(plant)
    await plant.start("generator")
    plant.model.broken = [ModelUnavailable(provider="scripted", status=None, detail="cut")]
    events = await plant.ended(await plant.ask("How fast does the pump run?"))
    assert names(events)[:4] == ["retrieved", "delta", "reset", "retrieved"]
    assert events[2].data == {"attempt": 2, "reason": "model-unavailable"}
    assert text_of(events) == events[-1].data["answer"]
    assert len(plant.model.prompts) == 2


async def test_a_busy_model_is_asked_again_without_a_word(plant: Plant) -> None:
    """It had refused before it began: nothing was said, so nothing is void."""
    await with_a_chunk(plant)
    await plant.start("generator")
    plant.model.failures = [ModelUnavailable(provider="scripted", status=529, detail="busy", retry_after=0.01)] * 2
    events = await plant.ended(await plant.ask("How fast does the pump run?"))
    assert "reset" not in names(events)
    assert names(events).count("retrieved") == 1
    assert len(plant.model.prompts) == 3


async def test_a_question_that_the_model_refuses_ends_in_an_error(plant: Plant) -> None:
    """With what the user can do, no word of what went wrong inside, and the record kept aside."""
    await with_a_chunk(plant)
    await plant.start("generator")
    plant.model.failures = [ModelRejected(provider="scripted", status=400, detail="secret detail")]
    key = await plant.ask("How fast does the pump run?")
    events = await plant.ended(key)
    assert names(events) == ["retrieved", "error"]
    assert (events[-1].data["status"], events[-1].data["query_id"]) == (422, key)
    assert "secret" not in str(events[-1].data)
    (letter,) = await plant.read("rag.dead-letters")
    assert (letter.header("dlq-reason"), letter.header("dlq-origin-topic")) == ("model-rejected", CONTEXTS)
    assert len(plant.model.prompts) == 1


async def test_a_model_that_stays_away_is_given_up(plant: Plant) -> None:
    """After as many tries as are allowed."""
    await with_a_chunk(plant)
    await plant.start("generator")
    plant.model.failures = [ModelUnavailable(provider="scripted", status=500, detail="down")] * 9
    events = await plant.ended(await plant.ask("How fast does the pump run?"))
    assert (events[-1].name, events[-1].data["status"]) == ("error", 503)
    assert len(plant.model.prompts) == plant.gateway.workers.generator.retry.attempts
    (letter,) = await plant.read("rag.dead-letters")
    assert letter.header("dlq-attempt") == "4"


async def test_an_error_that_nobody_foresaw_is_not_shown(plant: Plant) -> None:
    """It is tried again, then given up with a problem that says nothing of it."""
    await with_a_chunk(plant)
    await plant.start("generator")
    plant.model.failures = [ZeroDivisionError("inside")] * 9
    events = await plant.ended(await plant.ask("How fast does the pump run?"))
    assert (events[-1].name, events[-1].data["status"]) == ("error", 500)
    assert "inside" not in str(events[-1].data)
    (letter,) = await plant.read("rag.dead-letters")
    assert letter.header("dlq-reason") == "internal"


@pytest.mark.parametrize("seed", range(6))
async def test_any_worker_may_die_at_any_time(seed: int) -> None:
    """Queries keep coming while workers are killed and started: each ends once, and calls are queries and resets."""
    chance = random.Random(seed)
    async with running_plant() as plant:
        await with_a_chunk(plant)
        retriever, generator = plant.running[1], await plant.start("generator")
        keys = []
        for _ in range(5):
            keys += [await plant.ask("How fast does the pump run?") for _ in range(6)]
            for _ in range(chance.randrange(60)):
                await asyncio.sleep(0)
            if chance.random() < 0.5:
                await plant.kill(retriever)
                retriever = await plant.start("retriever")
            else:
                await plant.kill(generator)
                generator = await plant.start("generator")
        heard = {key: await plant.ended(key) for key in keys}
        resets = sum(names(events).count("reset") for events in heard.values())
        assert dict.fromkeys(keys, 1) == {key: terminal(events) for key, events in heard.items()}
        assert all(text_of(events) == events[-1].data["answer"] for events in heard.values())
        # A worker may die between saying that it begins and calling the model: a reset more than there were calls.
        assert len(keys) <= len(plant.model.prompts) <= len(keys) + resets
        assert not await plant.read("rag.dead-letters")


@pytest.mark.parametrize(("delivery", "resets"), [(5.0, []), (0.05, ["not-acknowledged"])])
async def test_an_outage_in_the_middle_of_an_answer_is_waited_for(delivery: float, resets: list[str]) -> None:
    """What could not be written is written when Kafka is back, behind a reset; the model is not called again."""
    bus = MemoryBus(producer=ProducerSettings(delivery_timeout=delivery))
    async with running_plant(bus=bus) as plant:
        await with_a_chunk(plant)
        await plant.start("generator")
        plant.model.gate.clear()
        key = await plant.ask("How fast does the pump run?")
        await plant.until(lambda: _has(plant, key, "delta"))
        bus.stop()
        plant.model.gate.set()
        await asyncio.sleep(0.2)
        bus.start()
        events = await plant.ended(key)
        assert resets == [event.data["reason"] for event in events if event.name == "reset"]
        assert text_of(events) == events[-1].data["answer"]
        assert (terminal(events), len(plant.model.prompts)) == (1, 1)


def _raised(record: Record) -> Record:
    return replace(record, headers=with_headers(record.headers, [("user-tier", "enterprise")]))


async def _has(plant: Plant, key: str, name: str) -> bool:
    return name in names(await plant.events(key))


async def _count(plant: Plant, topic: str, count: int) -> bool:
    return len(await plant.read(topic)) == count


async def test_a_forged_query_is_put_aside_and_nobody_hears_of_it(plant: Plant) -> None:
    """A record that claims another tier than it was signed for."""
    await with_a_chunk(plant)
    await plant.start("generator")

    await plant.write(QUERIES, "forged", b'{"question":"What?","query_id":"forged"}', change=_raised)
    await plant.until(lambda: _count(plant, "rag.dead-letters", 1))
    (letter,) = await plant.read("rag.dead-letters")
    assert (letter.header("dlq-reason"), letter.header("dlq-attempt")) == ("untrusted", "1")
    assert (await plant.read(RESULTS), plant.model.prompts) == ([], [])


async def test_an_outage_at_the_beginning_costs_no_call() -> None:
    """While nobody could read the answer, nobody is asked for it."""
    bus = MemoryBus(producer=ProducerSettings(delivery_timeout=0.05))
    async with running_plant(bus=bus) as plant:
        await with_a_chunk(plant)
        key = await plant.ask("How fast does the pump run?")
        await plant.until(lambda: _count(plant, CONTEXTS, 1))
        generator = await plant.start("generator")
        bus.stop()
        await asyncio.sleep(0.2)
        assert plant.model.prompts == []
        bus.start()
        events = await plant.ended(key)
        assert text_of(events) == events[-1].data["answer"]
        assert (terminal(events), len(plant.model.prompts)) == (1, 1)
        assert not generator.task.done()


async def test_workers_share_and_hand_over(plant: Plant) -> None:
    """Generators come and go while questions are asked: what is in work is finished first, and nothing is done twice."""
    await with_a_chunk(plant)
    first = await plant.start("generator")
    keys = [await plant.ask("How fast does the pump run?") for _ in range(20)]
    second = await plant.start("generator")
    keys += [await plant.ask("How fast does the pump run?") for _ in range(20)]
    await plant.stop(first)
    keys += [await plant.ask("How fast does the pump run?") for _ in range(20)]
    heard = [await plant.ended(key) for key in keys]
    assert [terminal(events) for events in heard] == [1] * 60
    assert "reset" not in {name for events in heard for name in names(events)}
    assert len(plant.model.prompts) == 60
    assert second.worker.working.is_set()


async def test_what_takes_too_long_is_left_to_the_next_worker() -> None:
    """A stopping worker waits for its drain time, no longer; the answer starts again elsewhere."""
    gateway = quick()
    gateway = gateway.model_copy(update={"workers": gateway.workers.model_copy(update={"drain": 0.05})})
    async with running_plant(gateway) as plant:
        await with_a_chunk(plant)
        generator = await plant.start("generator")
        plant.model.gate.clear()
        key = await plant.ask("How fast does the pump run?")
        await plant.until(lambda: _has(plant, key, "delta"))
        await plant.stop(generator)
        assert plant.model.closed == 1
        plant.model.gate.set()
        await plant.start("generator")
        events = await plant.ended(key)
        assert names(events).count("reset") == 1
        assert text_of(events) == events[-1].data["answer"]


async def test_nothing_to_find_is_said_without_the_model(plant: Plant) -> None:
    """No passage that the caller may see: an answer that says so, costs nothing, and is whole."""
    await plant.start("retriever")
    await plant.start("generator")
    events = await plant.ended(await plant.ask("What is there?"))
    done = events[-1].data
    assert names(events) == ["retrieved", "delta", "done"]
    assert (events[0].data, done["model"], done["token_usage"]["total_tokens"]) == ({"sources": []}, None, 0)
    assert text_of(events) == done["answer"]
    assert plant.model.prompts == []
