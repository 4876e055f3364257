"""A browser's own EventSource, which comes back by itself, on a page of another origin."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import orjson
import pytest
from aiohttp import web

from demo.client import Event
from local.ports import PUBLIC
from tests.fixtures.chromium import chromium
from tests.fixtures.cutting_proxy import CuttingProxy
from tests.fixtures.fleet import Fleet, paced
from tests.fixtures.readers import check_whole
from tests.fixtures.system import caller

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]

SEED = 3
STREAMS = 6  # a browser has no more connections to one host over HTTP/1.1
CUTS = (400, 4_000)  # bytes that a connection may bring
TOKEN_DELAY = 0.2
CLOSED = 2  # EventSource.CLOSED
QUESTION = "What does the Lockkeepers' Company do when a lock gate leaks?"
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
    """While a proxy cuts and results servers are killed each stream is whole, and on the 204 after its end it stops."""
    system, chance = fleet.system, Random(SEED)
    token = system.keys.signing.mint(sub="browser", tier="enterprise")
    proxy = CuttingProxy(
        to=system.ports[PUBLIC],
        allowed=lambda: chance.randint(*CUTS),
        headers=f"authorization: Bearer {token}\r\n",
    )
    async with (
        asyncio.timeout(150),
        page_served(fleet.page_port) as address,
        proxy.serving(),
        chromium(tmp_path) as page,
        paced(system, token_delay=TOKEN_DELAY),
        caller(system, sub="browser", tier="enterprise") as client,
    ):
        await page.open(address)
        urls = [f"{proxy.url}/results/{await client.ask(QUESTION)}" for _ in range(STREAMS)]
        following = asyncio.create_task(page.evaluate(f"follow({orjson.dumps(urls).decode()}, {{}})"))
        for name in fleet.results:
            await system.kill(name)
            await system.start(name)
        await following
        streams = await page.evaluate("report()")
    assert [stream["state"] for stream in streams] == [CLOSED] * STREAMS
    for stream in streams:
        check_whole([Event(name=name, id=id, data=orjson.loads(data)) for name, id, data in stream["events"]])  # noqa: A001
    assert proxy.cuts > STREAMS
