"""Calls that are held until enough of them are under way."""

import asyncio

from aiohttp import ClientSession

ASKED = {"model": "m", "input": "x"}


async def post(control: ClientSession) -> int:
    async with control.post("/v1/embeddings", json=ASKED) as response:
        return response.status


async def test_calls_are_held_until_there_are_enough(control: ClientSession) -> None:
    """Then all are answered, also those that come later; and it is told how many there were."""
    async with control.post("/control", json={"together": 3}):
        pass
    held = [asyncio.ensure_future(post(control)) for _ in range(2)]
    done, _ = await asyncio.wait(held, timeout=0.05)
    assert not done
    assert [await post(control), *await asyncio.gather(*held), await post(control)] == [200] * 4
    async with control.get("/control") as response:
        assert (await response.json())["most"] == {"embeddings": 3}


async def test_a_call_takes_as_long_as_it_is_told_to(control: ClientSession) -> None:
    """Which whoever does not want to wait for finds out."""
    async with control.post("/control", json={"embedding_delay": 60}):
        pass
    done, waiting = await asyncio.wait([asyncio.ensure_future(post(control))], timeout=0.05)
    assert not done
    for one in waiting:
        one.cancel()
