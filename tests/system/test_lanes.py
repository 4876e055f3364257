"""With every slot of the generator taken and a flood of another tier before it, a query is the next or second next to be begun."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from collections.abc import Set as AbstractSet
from contextlib import AsyncExitStack
from typing import Any

import orjson
import pytest

from demo.client import Client
from local.system import System
from tests.fixtures.system import caller, metric

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

NEVER = 600.0  # seconds to the first token of a model that nobody waits for
SUBJECTS = 4  # one alone would be limited
ENOUGH = 60.0
LOOK = 0.1  # seconds between two looks, so that what is looked at can work


async def control(system: System, method: str = "GET", /, **behaviour: Any) -> dict[str, Any]:
    """What the stand-in model server was asked so far, after telling it how to behave."""
    body = orjson.dumps(behaviour) if behaviour else None
    async with Client(str(system.stand_in_url), token="") as client:
        answer = await client.request("POST" if behaviour else method, "/control", body=body)
    assert answer.status == 200
    return answer.document()


@pytest.fixture
async def slow(system: System) -> AsyncIterator[System]:
    """Its model says nothing until it is told to behave again."""
    await control(system, first_token_delay=NEVER)
    yield system
    await control(system, "DELETE")


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Returns once it holds."""
    async with asyncio.timeout(ENOUGH):
        while True:
            if await condition():
                return
            await asyncio.sleep(LOOK)


async def arrived(system: System, asked: AbstractSet[str]) -> None:
    """Returns once each of these is at the model or waits at the generator, some of whose slots others may have."""
    seen = waiting = 0

    async def have() -> bool:
        nonlocal seen, waiting
        seen = len(asked & (await control(system))["questions"].keys())
        waiting = int(await metric(system, "generator", "worker_waiting_records"))
        return seen + waiting == len(asked)

    try:
        await until(have)
    except TimeoutError:
        pytest.fail(f"of {len(asked)} asked, {seen} are at the model and {waiting} wait")


async def begun(system: System, question: str) -> bool:
    """Whether the model was asked that."""
    return "started" in (await control(system))["questions"].get(question, {})


async def test_a_flood_of_free_does_not_stand_before_enterprise(slow: System) -> None:
    """And what is then cancelled ends at once, though it waits behind many others."""
    slots = slow.gateway.chat.concurrency
    asked: dict[str, tuple[Client, str]] = {}
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(caller(slow, sub=f"free-{n}")) for n in range(SUBJECTS)]
        enterprise = await stack.enter_async_context(caller(slow, sub="enterprise", tier="enterprise"))
        for number in range(2 * slots):
            client = clients[number % SUBJECTS]
            question = f"What is a weir, for the time {number}?"
            asked[question] = client, await client.ask(question)
        await arrived(slow, asked.keys())
        asked["What is a lock?"] = enterprise, await enterprise.ask("What is a lock?")
        await arrived(slow, asked.keys())
        before = set((await control(slow))["questions"])
        for question in [one for one in asked if one in before][:2]:
            client, query_id = asked[question]
            await client.cancel(query_id)
        await until(lambda: begun(slow, "What is a lock?"))
        after = set((await control(slow))["questions"])
        assert len(after & asked.keys() - before) <= 2
        for client, query_id in asked.values():
            await client.cancel(query_id)
        for client, query_id in asked.values():
            answer = await client.status(query_id, wait=30)
            assert answer.document()["status"] == "cancelled"
