"""Where a query stands is part of its state's answer, and no state of its own."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bus.memory import MemoryBus
from ext_proc.results.service import Besides
from tests.ext_proc.results.conftest import TOPICS
from tests.ext_proc.results.desk import Desk, open_desk
from tests.ext_proc.results.prospects import Told
from tests.ext_proc.results.status.enquiry import ask, waiting


@pytest.fixture
def told() -> Told:
    """Third, for half a minute."""
    told = Told()
    told.set(3, 30)
    return told


@pytest.fixture
async def asked(bus: MemoryBus, told: Told) -> AsyncIterator[Desk]:
    """A results server that has heard of the query `k`, and of where it stands."""
    async with open_desk(bus, topics=TOPICS, besides=Besides(prospects=told)) as desk:
        await desk.prove()
        await desk.proved()
        yield desk


async def test_it_is_told(asked: Desk, told: Told) -> None:
    """Where it is known; an estimate that is not is left out, and of what has begun nothing is said."""
    async with await ask(asked) as client:
        assert await client.body() == {"query_id": "k", "status": "queued", "position": 3, "eta_seconds": 30}
    told.set(2)
    async with await ask(asked) as client:
        assert await client.body() == {"query_id": "k", "status": "queued", "position": 2}
    await asked.pushed(await asked.put("delta"))
    async with await ask(asked) as client:
        assert await client.body() == {"query_id": "k", "status": "running"}


async def test_another_place_is_another_tag(asked: Desk, told: Told) -> None:
    """The validator is strong: who has the old place is given the new one, and who has this one is 304."""
    async with await ask(asked) as first:
        tag = first.headers["etag"]
    async with await ask(asked, etag=tag) as same:
        assert same.status == 304
    told.set(2, 20)
    async with await ask(asked, etag=tag) as moved:
        assert (moved.status, (await moved.body())["position"]) == (200, 2)
        assert moved.headers["etag"] != tag


async def test_a_wait_is_for_another_state(asked: Desk, told: Told) -> None:
    """It is held back however the query moves, and ends when it begins."""
    async with await ask(asked) as first:
        tag = first.headers["etag"]
    getting = asyncio.create_task(ask(asked, wait=30, etag=tag))
    await waiting(asked)
    told.set(1, 1)
    await asked.pushed(await asked.put("delta", key=asked.neighbour()))
    assert not getting.done()
    await asked.put("delta")
    async with await getting as client:
        assert (await client.body())["status"] == "running"


async def test_a_wait_that_ends_tells_the_place(asked: Desk, told: Told) -> None:
    """The state is the same, and where it stands is told as it is then."""
    async with await ask(asked) as first:
        tag = first.headers["etag"]
    told.set(1, 1)
    async with await ask(asked, wait=0, etag=tag) as client:
        assert (await client.body())["position"] == 1
