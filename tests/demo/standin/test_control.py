"""`/control`."""

import pytest
from aiohttp import ClientSession

AT_FIRST = {"first_token_delay": 0.0, "token_delay": 0.0, "embedding_delay": 0.0, "together": 0, "faults": []}


async def test_change_keeps_the_rest(control: ClientSession) -> None:
    """What a change leaves out stays as it was."""
    async with control.post("/control", json={"token_delay": 0.5}) as response:
        assert (await response.json())["behaviour"]["token_delay"] == 0.5
    async with control.post("/control", json={"first_token_delay": 1}) as response:
        behaviour = (await response.json())["behaviour"]
    assert behaviour == {**AT_FIRST, "first_token_delay": 1.0, "token_delay": 0.5}


async def test_reset(control: ClientSession) -> None:
    """A reset brings back the start, and forgets the calls."""
    async with control.post("/control", json={"token_delay": 0.5, "faults": [{"status": 500}]}):
        pass
    async with control.post("/v1/embeddings", json={"model": "m", "input": "x"}):
        pass
    async with control.delete("/control") as response:
        report = await response.json()
    assert report == {
        "behaviour": AT_FIRST,
        "most": {},
        "calls": {},
        "questions": {},
    }


@pytest.mark.parametrize("body", ["", "[]", '{"token_delay": -1}', '{"unheard": 1}', '{"faults": [{"status": 200}]}'])
async def test_nonsense_is_refused(control: ClientSession, body: str) -> None:
    """What cannot be meant is refused with its reasons, and changes nothing."""
    async with control.post("/control", data=body) as response:
        assert response.status == 400
        assert (await response.json())["errors"]
    async with control.get("/control") as response:
        assert (await response.json())["behaviour"]["faults"] == []
