"""Keys that a client chose, which may or may not exist."""

import asyncio
import json
from typing import Any

import pytest

from ext_proc.reply import PROBLEM, not_found
from tests.ext_proc.results.desk import Desk, Open

HISTORIES = pytest.mark.parametrize("history", [2**26, 1])
CHOSEN: dict[str, Any] = {"since": None, "missing": "not-found"}


async def test_nobody_knows_it(open_: Open) -> None:
    """After a short wait it is the same 404 that another user's id gets."""
    async with open_(unknown_wait=0.01) as desk:
        more = (("x-request-id", "0" * 32),)
        async with await desk.get(desk.wants(**CHOSEN), path="/results/k", more=more) as client:
            body = await client.body()
    reply = not_found(instance="/results/k", trace_id="0" * 32)
    assert (client.status, client.headers["content-type"]) == (reply.status, PROBLEM)
    assert json.loads(reply.body) == body


@HISTORIES
async def test_has_events(open_: Open, history: int) -> None:
    """A key with events is known, wherever they are."""
    async with open_(unknown_wait=0.01, history_bytes=history) as desk:
        await desk.put("delta")
        await desk.put("done")
        async with await desk.get(desk.wants(**CHOSEN)) as client:
            assert [event.name for event in await client.rest()] == ["queued", "delta", "done"]


async def test_proved(open_: Open) -> None:
    """A key that was asked for, and not yet answered, is known."""
    async with open_(unknown_wait=0.01) as desk:
        await desk.prove()
        async with await desk.get(desk.wants(**CHOSEN)) as client:
            assert [event.name for event in await client.take(1)] == ["queued"]


async def test_proved_before_this_process(open_: Open) -> None:
    """So is one that was asked for shortly before the process started."""
    async with open_() as desk:
        await desk.prove()
    async with open_(unknown_wait=0.01) as desk, await desk.get(desk.wants(**CHOSEN)) as client:
        assert client.status == 200


@HISTORIES
@pytest.mark.parametrize("by_proof", [True, False])
async def test_appears_in_time(open_: Open, by_proof: bool, history: int) -> None:  # noqa: FBT001 - a parameter of pytest
    """A key that appears while its reader waits is streamed."""
    async with open_(unknown_wait=60.0, history_bytes=history) as desk:
        getting = asyncio.create_task(desk.get(desk.wants(**CHOSEN)))
        await desk.asked(desk.wants(**CHOSEN))
        await desk.put("delta", user="bob")
        await (desk.prove() if by_proof else desk.put("delta"))
        async with await getting as client:
            await desk.put("done")
            assert [event.name for event in await client.rest()][-1] == "done"


async def test_anothers_key(open_: Open) -> None:
    """A key that only somebody else has is unknown."""
    async with open_(unknown_wait=0.01) as desk:
        await desk.prove(user="bob")
        await desk.put("done", user="bob")
        async with await desk.get(desk.wants(**CHOSEN)) as client:
            assert client.status == 404


@HISTORIES
async def test_an_id_proves_nothing(open_: Open, history: int) -> None:
    """With the place of somebody else's event in the same partition a key is as unknown as without."""
    async with open_(unknown_wait=0.01, history_bytes=history) as desk:
        receipt = await desk.put("delta", user="bob")
        last = f"v1.{receipt.partition}.{receipt.offset}"
        async with await desk.get(desk.wants(**CHOSEN), last=last) as client:
            assert client.status == 404


@HISTORIES
async def test_resumes(open_: Open, history: int) -> None:
    """A known key resumes after any of its events, and after the server's own."""
    async with open_(unknown_wait=0.01, history_bytes=history) as desk:
        await desk.answer(3)
        async with await desk.get(desk.wants(**CHOSEN)) as client:
            ids = [event.id for event in await client.rest()]
        for number in range(4):
            async with await desk.get(desk.wants(**CHOSEN), last=ids[number]) as client:
                assert ids[number + 1 :] == [event.id for event in await client.rest()]
        async with await desk.get(desk.wants(**CHOSEN), last=ids[4]) as client:
            assert client.status == 204


async def test_waits_for_issued(desk: Desk) -> None:
    """An issued id needs no proof: its stream opens, however long the answer takes."""
    async with await desk.get() as client:
        assert client.status == 200
