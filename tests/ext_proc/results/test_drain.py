"""How a server that stops sends its readers away."""

import asyncio

from bus.records import Received
from tests.ext_proc.results.client import Client
from tests.ext_proc.results.desk import Open


async def test_reconnect(open_: Open) -> None:
    """Every stream is told to come back; with the id it was given, nothing is missing elsewhere."""
    async with open_() as desk:
        clients = [await desk.get() for _ in range(10)]
        await desk.put("delta", {"text": "a"})
        for client in clients:
            await client.take(2)
    async with open_() as desk:
        await desk.put("delta", {"text": "b"})
        await desk.put("done")
        for client in clients:
            (event,) = await client.rest()
            assert (event.name, event.json()) == ("reconnect", {})
            async with client, await desk.get(last=event.id) as back:
                assert [each.name for each in await back.rest()] == ["delta", "done"]


async def test_no_longer_than_allowed(open_: Open) -> None:
    """A stream whose reader takes nothing does not hold up the stop."""
    async with asyncio.timeout(5), open_(drain=0.05) as desk:
        for _ in range(200):
            await desk.put("delta", {"text": "x" * 8_000})
        stuck = await desk.get(limit=1024)
    await stuck.close()


async def test_refused_meanwhile(open_: Open) -> None:
    """A kept connection is refused while the server drains, and a new one not accepted."""
    async with open_(drain=0.3) as desk:
        idle = await desk.get(desk.wants(key="ended"), method="POST")
        await idle.body()
        for _ in range(200):
            await desk.put("delta", {"text": "x" * 8_000})
        stuck = await desk.get(limit=1024)
        leaving = asyncio.create_task(_refused(desk.wants().headers(), idle))
    assert await leaving == 503
    await stuck.close()


async def _refused(headers: list[tuple[str, str]], client: Client) -> int:
    await asyncio.sleep(0.1)
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    client.writer.write(f"GET / HTTP/1.1\r\nhost: x\r\n{head}\r\n".encode())
    async with client:
        await client._head()
    return client.status


async def test_while_opening(open_: Open) -> None:
    """A reader whose stream opens while the server drains has its `queued`, and is then sent on."""
    async with open_(unknown_wait=60.0, drain=5.0) as desk:
        chosen = desk.wants(since=None, missing="not-found")
        getting = asyncio.create_task(desk.get(chosen))
        await desk.asked(chosen)
        asyncio.get_running_loop().call_later(0.05, desk.feed._hub.proofs.add, _proof(desk.proofs))
    async with await getting as client:
        assert [event.name for event in await client.rest()] == ["queued", "reconnect"]


def _proof(topic: str) -> Received:
    return Received(
        topic=topic, partition=0, offset=0, timestamp=0, key=b"k", value=b"", headers=(("user-id", b"alice"),)
    )
