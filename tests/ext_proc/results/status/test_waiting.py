"""`Prefer: wait`: an answer that is held back until there is news."""

import asyncio
import time
from typing import Any

import pytest

from tests.ext_proc.results.client import Client
from tests.ext_proc.results.desk import Desk, Open
from tests.ext_proc.results.status.enquiry import CHOSEN, ask, question, status, waiting

HISTORIES = pytest.mark.parametrize("history", [2**26, 1])


@HISTORIES
async def test_until_it_is_final(open_: Open, history: int) -> None:
    """The last event answers; those before it do not."""
    async with open_(history_bytes=history) as desk:
        await desk.prove()
        getting = asyncio.create_task(ask(desk, wait=30))
        await waiting(desk)
        for _ in range(100):
            await desk.pushed(await desk.put("delta"))
        assert not getting.done()
        await desk.put("done")
        async with await getting as client:
            assert (await client.body())["status"] == "done"
    assert client.headers["preference-applied"] == "wait=30"


@HISTORIES
async def test_until_it_differs(open_: Open, history: int) -> None:
    """Whoever says what it has is answered by the first change, and by each in turn."""
    async with open_(history_bytes=history) as desk:
        await desk.prove()
        async with await ask(desk) as queued:
            await queued.body()
        getting = asyncio.create_task(ask(desk, wait=30, etag=queued.headers["etag"]))
        await waiting(desk)
        await desk.put("delta")
        async with await getting as running:
            assert (await running.body())["status"] == "running"
        getting = asyncio.create_task(ask(desk, wait=30, etag=running.headers["etag"]))
        await waiting(desk)
        await desk.pushed(await desk.put("delta"))
        assert not getting.done()
        await desk.put("done")
        async with await getting as done:
            assert (await done.body())["status"] == "done"


@HISTORIES
async def test_what_is_final_is_not_waited_for(open_: Open, history: int) -> None:
    """Nothing can come any more: whoever has it is told so at once."""
    async with open_(history_bytes=history) as desk, asyncio.timeout(5):
        await desk.pushed(await desk.put("done"))
        async with await ask(desk, wait=60) as done:
            assert (done.status, done.headers["preference-applied"]) == (200, "wait=60")
        async with await ask(desk, wait=60, etag=done.headers["etag"]) as same:
            assert (same.status, same.headers["preference-applied"]) == (304, "wait=60")


async def test_no_longer_than_asked(desk: Desk) -> None:
    """At the end of the wait the present state is the answer, and no hint is needed when to ask again."""
    await desk.prove()
    for etag in ("", "*"):
        started = time.monotonic()
        async with await ask(desk, wait=1, etag=etag) as client:
            assert client.status == (304 if etag else 200)
        assert 0.9 < time.monotonic() - started < 5
        assert (client.headers["preference-applied"], client.headers.get("retry-after")) == ("wait=1", None)


async def test_no_longer_than_allowed(desk: Desk) -> None:
    """The longest wait is the route's, and the answer says which it was; the token's end ends it too."""
    await desk.prove()
    async with await ask(desk, question(desk, wait=0), wait=500) as client:
        assert client.headers["preference-applied"] == "wait=0"
    async with asyncio.timeout(5):
        assert await status(desk, question(desk, expires=time.time() + 0.1), wait=60) == "queued"


@HISTORIES
@pytest.mark.parametrize("since", [{}, CHOSEN])
@pytest.mark.parametrize("by_proof", [True, False])
async def test_for_a_query_to_come(open_: Open, history: int, by_proof: bool, since: dict[str, Any]) -> None:  # noqa: FBT001 - a parameter of pytest
    """One that nobody knows yet is waited for: its record may be on its way."""
    async with open_(history_bytes=history) as desk:
        getting = asyncio.create_task(ask(desk, question(desk, **since), wait=30, etag='"other"'))
        await waiting(desk)
        await desk.pushed(await desk.put("done", user="bob"))
        assert not getting.done()
        await (desk.prove() if by_proof else desk.put("delta"))
        async with await getting as client:
            assert (await client.body())["status"] == ("queued" if by_proof else "running")


async def test_for_a_query_that_never_comes(desk: Desk) -> None:
    """It is 404 at the end of the wait."""
    async with await ask(desk, question(desk, expires=time.time() + 0.1), wait=60) as client:
        assert client.status == 404


async def test_a_drain(open_: Open) -> None:
    """A server that stops answers those who wait, at once, and does not say that it has waited as asked."""
    async with open_(drain=5.0) as desk:
        await desk.prove()
        getting = [asyncio.create_task(ask(desk, wait=60)) for _ in range(10)]
        await waiting(desk, 10)
        started = time.monotonic()
    assert time.monotonic() - started < 4
    for client in await asyncio.gather(*getting):
        async with client:
            assert (await client.body())["status"] == "queued"
        assert (client.headers.get("preference-applied"), client.headers["retry-after"]) == (None, "1")


async def test_leaving(desk: Desk) -> None:
    """Whoever leaves is waited for no more."""
    await desk.prove()
    _, writer = await asyncio.open_unix_connection(desk.socket)
    head = "".join(f"{name}: {value}\r\n" for name, value in question(desk).headers())
    writer.write(f"GET / HTTP/1.1\r\nhost: x\r\nprefer: wait=60\r\n{head}\r\n".encode())
    await waiting(desk)
    writer.close()
    await waiting(desk, 0)


async def test_full(open_: Open) -> None:
    """Those who wait count among the streams; past the limit it is 503 with Retry-After."""
    async with open_(max_streams=1) as desk:
        await desk.prove()
        getting = asyncio.create_task(ask(desk, wait=60))
        await waiting(desk)
        async with await ask(desk) as refused:
            assert (refused.status, refused.headers["retry-after"]) == (503, "2")
        await desk.put("done")
        async with await getting as client:
            assert client.status == 200


async def test_many(desk: Desk) -> None:
    """Hundreds who wait for one query are all answered by its last event."""
    await desk.prove()
    getting = [asyncio.create_task(ask(desk, wait=60)) for _ in range(300)]
    await waiting(desk, 300)
    await desk.put("done")
    clients: list[Client] = await asyncio.gather(*getting)
    assert {(await client.body())["status"] for client in clients} == {"done"}
    for client in clients:
        await client.close()
