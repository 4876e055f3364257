"""Everything below `/demo/`, and two paths outside of it by which whoever runs the process looks after it."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web

from demo.page.hosts import known, only
from demo.page.issued import Issued
from demo.page.log import Log
from demo.page.reading import Reading
from demo.page.stream import Records
from demo.page.watch import Watch

PREFIX = "/demo"
POLICY = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
SAID = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
"""On every answer: nothing is loaded from elsewhere, and nothing of here elsewhere."""

FRESH = {"cache-control": "no-cache"}
"""A browser may keep it, and asks each time whether it has changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What is served.

    Attributes:
        log: The records that pass.
        issued: The tokens.
        reading: The passages.
        watch: What fills the log and the passages.
        guide: The walkthrough.
        static: The folder of the page itself.
        names: What the machine is called besides its addresses.
    """

    log: Log
    issued: Issued
    reading: Reading
    watch: Watch
    guide: Mapping[str, Any]
    static: Path
    names: Collection[str] = ()


@asynccontextmanager
async def serving(host: str, port: int, parts: Parts) -> AsyncIterator[int]:
    """Serves while entered; 0 is any free port.

    Yields:
        The port.
    """
    runner = web.AppRunner(application(parts), handler_cancellation=True, shutdown_timeout=1.0, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, backlog=1024).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def application(parts: Parts) -> web.Application:
    """The handlers behind their paths."""

    async def index(_: web.Request) -> web.FileResponse:
        return web.FileResponse(parts.static / "index.html", headers=FRESH)

    async def tokens(_: web.Request) -> web.Response:
        return web.json_response(parts.issued.document(), headers={"cache-control": "no-store"})

    async def walkthrough(_: web.Request) -> web.Response:
        return web.json_response(parts.guide, headers=FRESH)

    async def alive(_: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def ready(_: web.Request) -> web.Response:
        seeing = parts.watch.seeing.is_set()
        return web.json_response({"kafka": seeing}, status=200 if seeing else 503)

    app = web.Application(middlewares=[only(partial(known, names=parts.names))])
    app.add_routes(
        [
            web.get(f"{PREFIX}/", index),
            web.get(f"{PREFIX}/tokens", tokens),
            web.get(f"{PREFIX}/records", Records(parts.log).handle),
            web.get(f"{PREFIX}/passages/{{doc_id:.+}}/{{chunk_index:[0-9]{{1,9}}}}", parts.reading.handle),
            web.get(f"{PREFIX}/walkthrough.json", walkthrough),
            web.get("/healthz", alive),
            web.get("/readyz", ready),
        ]
    )
    if parts.static.is_dir():
        app.router.add_static(f"{PREFIX}/static", parts.static)
    app.on_response_prepare.append(_add_headers)
    return app


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    for name, value in SAID.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("cache-control", FRESH["cache-control"])
