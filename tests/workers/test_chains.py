"""Chains of models and limits of spending, through the real client and the stand-in: what a user sees, and each call."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import ClientSession

from demo.standin.behaviour import Behaviour
from demo.standin.server import serve
from runtime.clock import SystemClock
from runtime.settings.models import LimitSettings
from tests.fixtures.plant import Heard, Plant, Running, quick, running_plant, text_of
from tests.workers.stages.test_generator import context
from workers.models.anthropic import open_anthropic
from workers.topics import CONTEXTS, DEAD_LETTERS

FIRST, SECOND = "claude-opus-4-5", "claude-haiku-4-5"
QUESTION = "What?"  # of every context here

Tell = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
async def tell(plant: Plant) -> AsyncIterator[Tell]:
    """Sets how the stand-in behaves that the plant asks from now on, and returns the calls of our question."""
    async with serve(behaviour=Behaviour(first_token_delay=0, token_delay=0)) as url, ClientSession(url) as session:

        async def told(**behaviour: Any) -> dict[str, Any]:
            async with session.post("/control", json=behaviour) as response:
                report: dict[str, Any] = await response.json()
                calls: dict[str, Any] = report["questions"].get(QUESTION, {})
                return calls

        async with open_anthropic(api_key="k", base_url=url, silence=10, concurrency=8, clock=SystemClock()) as model:
            plant.chat = model
            yield told


@pytest.fixture
async def plant() -> AsyncIterator[Plant]:
    """Every tier has two models."""
    gateway = quick()
    chat = gateway.chat.model_copy(update={"tiers": dict.fromkeys(gateway.chat.tiers, (FIRST, SECOND))})
    async with running_plant(gateway.model_copy(update={"chat": chat})) as plant:
        yield plant


async def answered(plant: Plant) -> list[Heard]:
    """One question, to its end."""
    await plant.start("generator")
    await plant.write(CONTEXTS, "q", context("public"))
    return await plant.ended("q")


def resets(events: list[Heard]) -> list[str]:
    """Why the answer started again, each time."""
    return [event.data["reason"] for event in events if event.name == "reset"]


async def test_a_refusal_is_passed_over_in_silence(plant: Plant, tell: Tell) -> None:
    """The user sees who answered in whose place, and no reset: one call began, and one was refused."""
    await tell(faults=[{"status": 529, "model": FIRST, "retry_after": 60}])
    events = await answered(plant)
    assert [event.name for event in events if event.name in {"reset", "usage", "done"}] == ["usage", "done"]
    for event in events[-2:]:
        assert (event.data["model"], event.data["fallback_from"]) == (SECOND, FIRST)
    assert await tell() == {"refused": 1, "started": 1, "finished": 1}
    metrics = plant.running[0].metrics()
    assert f'gen_ai_client_fallbacks_total{{from_model="{FIRST}",to_model="{SECOND}"}} 1.0' in metrics
    duration = "gen_ai_client_operation_duration_seconds_count"
    assert f'{duration}{{error_type="529",gen_ai_request_model="{FIRST}",tier="free"}} 1.0' in metrics
    assert f'{duration}{{error_type="",gen_ai_request_model="{SECOND}",tier="free"}} 1.0' in metrics


@pytest.mark.parametrize("after", [0, 1, 5])
async def test_an_overload_in_the_middle_starts_the_answer_again(plant: Plant, tell: Tell, after: int) -> None:
    """Whatever had been said: two calls began, and one reset says so."""
    await tell(faults=[{"error_after": after, "error_type": "overloaded_error", "model": FIRST}])
    events = await answered(plant)
    (reset,) = [event for event in events if event.name == "reset"]
    assert reset.data == {"attempt": 2, "reason": "model-fell-back"}
    assert events[-1].data["answer"] == text_of(events)
    assert (events[-1].data["model"], events[-1].data["fallback_from"]) == (SECOND, FIRST)
    assert await tell() == {"started": 2, "failed": 1, "finished": 1}


async def test_a_chain_that_is_overloaded_to_its_end_is_tried_from_its_start(plant: Plant, tell: Tell) -> None:
    """Every call that began but the last one is followed by a reset."""
    faults = [{"error_after": 5, "model": FIRST}, {"error_after": 5, "model": SECOND}]
    await tell(faults=[*faults, {"status": 529, "model": FIRST}, {"status": 529, "model": SECOND}])
    events = await answered(plant)
    assert resets(events) == ["model-fell-back", "model-unavailable"]
    assert (events[-1].data["model"], events[-1].data["fallback_from"]) == (FIRST, None)
    assert await tell() == {"started": 3, "failed": 2, "refused": 2, "finished": 1}


async def test_a_spending_limit_ends_the_question_at_once(plant: Plant, tell: Tell) -> None:
    """No other try and no other model; the user is told that asking again is no use, and the record is kept."""
    await tell(faults=[{"status": 429, "error_code": "enforced_spend_limit_reached", "retry_after": 0, "calls": 9}])
    events = await answered(plant)
    problem = events[-1].data
    assert (problem["status"], problem["type"].rpartition("/")[2]) == (503, "spend-limit")
    assert "before the operator raises it" in problem["detail"]
    assert await tell() == {"refused": 1}
    (letter,) = await plant.read(DEAD_LETTERS)
    assert (letter.header("dlq-reason"), letter.header("dlq-attempt")) == ("spend-limit", "1")


async def test_a_provider_that_is_down_is_not_asked_for_another_model(plant: Plant, tell: Tell) -> None:
    """It is asked again for the first one, later."""
    await tell(faults=[{"status": 500}])
    events = await answered(plant)
    assert (resets(events), events[-1].data["model"], events[-1].data["fallback_from"]) == ([], FIRST, None)
    assert await tell() == {"refused": 1, "started": 1, "finished": 1}


async def test_who_waits_for_room_is_cancelled_without_a_call() -> None:
    """Its end says that nothing was spent."""
    gateway = quick()
    limits = {first: LimitSettings(requests_per_minute=1) for first, *_ in gateway.chat.tiers.values()}
    chat = gateway.chat.model_copy(update={"limits": limits})
    async with running_plant(gateway.model_copy(update={"chat": chat})) as plant:
        await plant.start("generator")
        await plant.write(CONTEXTS, "q", context("public"))
        await plant.until(lambda: _begun(plant))
        await plant.cancel("q")
        events = await plant.ended("q")
        assert [event.name for event in events] == ["retrieved", "cancelled"]
        nothing = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
        assert events[-1].data == {"query_id": "q", "model": None, "token_usage": nothing, "estimated": False}
        assert plant.model.prompts == []


async def test_the_limits_are_shared_by_who_has_the_partitions() -> None:
    """Two have all of them together, and who is left has them alone again."""
    gateway = quick()
    limits = {first: LimitSettings(requests_per_minute=60_000) for first, *_ in gateway.chat.tiers.values()}
    chat = gateway.chat.model_copy(update={"limits": limits})
    async with running_plant(gateway.model_copy(update={"chat": chat})) as plant:
        one = await plant.start("generator")
        await plant.until(lambda: _share(one) == 1)
        two = await plant.start("generator")
        await plant.until(lambda: 0 < _share(two) < 1 and _share(one) + _share(two) == 1)
        await plant.write(CONTEXTS, "q", context("public"))
        assert (await plant.ended("q"))[-1].name == "done"
        await plant.stop(two)
        await plant.until(lambda: _share(one) == 1)


def _share(running: Running) -> float:
    found = re.search(r"^gen_ai_client_quota_share_ratio (\S+)$", running.metrics(), re.MULTILINE)
    return float(found[1]) if found else 0.0


async def _begun(plant: Plant) -> bool:
    return bool(await plant.events("q"))
