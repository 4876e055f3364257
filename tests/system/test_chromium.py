"""A browser's own EventSource, which comes back by itself, on a page of another origin."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest
from aiohttp import web

from demo.client import Event
from local.ports import PUBLIC
from local.system import System
from tests.fixtures.author import Story, author
from tests.fixtures.chromium import Page, chromium
from tests.fixtures.cutting_proxy import CuttingProxy
from tests.fixtures.fleet import Fleet
from tests.fixtures.readers import check_whole
from tests.fixtures.system import caller

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

SEED = 3
STREAMS = 6  # a browser has no more connections to one host over HTTP/1.1
SUB = "browser"
CUTS = (
    1_500,
    6_000,
)  # bytes that a connection may bring: the head with the cookie, for which its ticket was spent, and more
PAUSE = 0.02  # seconds between two events of a stream
CLOSED = 2  # EventSource.CLOSED
PAGE = Path(__file__).parent.parent / "fixtures" / "eventsource.html"


@asynccontextmanager
async def page_served(port: int) -> AsyncIterator[str]:
    """The page, on an origin that gateway.yaml allows."""

    async def show(_: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGE)

    app = web.Application()
    app.router.add_get("/", show)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield f"http://127.0.0.1:{port}/"
    finally:
        await runner.cleanup()


async def test_chromium_comes_back_by_itself(fleet: Fleet, tmp_path: Path) -> None:
    """Opened with tickets, while a proxy cuts and results servers are killed, each stream is whole; on 204 it stops."""
    chance = Random(SEED)
    proxy = CuttingProxy(to=fleet.system.ports[PUBLIC], allowed=lambda: chance.randint(*CUTS))
    async with (
        asyncio.timeout(150),
        page_served(fleet.page_port) as address,
        proxy.serving(),
        chromium(tmp_path) as page,
        unanswered(fleet.system),
    ):
        await page.open(address)
        streams = await _followed(fleet, page, proxy)
    assert [stream["state"] for stream in streams] == [CLOSED] * STREAMS
    for stream in streams:
        check_whole([Event(name=name, id=id, data=orjson.loads(data)) for name, id, data in stream["events"]])  # noqa: A001
    assert proxy.cuts > STREAMS


async def _followed(fleet: Fleet, page: Page, proxy: CuttingProxy) -> list[dict[str, Any]]:
    """What the page says of its streams in the end; every results server has been killed by then."""
    system, over = fleet.system, asyncio.Event()
    async with author(system) as writing, asyncio.TaskGroup() as group:
        asked = [await _asked(system) for _ in range(STREAMS)]
        stories = [Story(query_id=one["query_id"], sub=SUB) for one in asked]
        group.create_task(writing.tell_all(stories, until=over, pause=PAUSE))
        urls = orjson.dumps([proxy.url + one["stream_url"] for one in asked]).decode()
        following = asyncio.create_task(page.evaluate(f"follow({urls}, {{withCredentials: true}})"))
        for name in fleet.results:
            await system.kill(name)
            await system.start(name)
        over.set()
        await following
    streams: list[dict[str, Any]] = await page.evaluate("report()")
    return streams


async def _asked(system: System) -> dict[str, Any]:
    async with caller(system, sub=SUB, tier="enterprise") as client:
        return (await client.post("/queries", {"question": "What is a weir?"})).document()


@asynccontextmanager
async def unanswered(system: System) -> AsyncIterator[None]:
    """No worker answers while the context is open."""
    await system.stop("retriever")
    yield
    await system.start("retriever")
