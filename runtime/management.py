"""The management port of a process: /healthz, /readyz, /metrics. Never public."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import orjson
from aiohttp import web

from runtime.metrics import CONTENT_TYPE, Registry

Checks = Mapping[str, Callable[[], bool]]


class Management:
    """Answers for one process; `port` is the port in use, also where any free one was asked for."""

    def __init__(self, *, registry: Registry, checks: Checks) -> None:
        self._registry = registry
        self._checks = checks
        self.port = 0

    @asynccontextmanager
    async def serving(self, *, address: str, port: int) -> AsyncIterator["Management"]:
        """Serves while the context is open."""
        runner = web.AppRunner(self._app(), access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, address, port).start()
            self.port = runner.addresses[0][1]
            yield self
        finally:
            await runner.cleanup()

    def _app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._metrics)
        return app

    async def _healthz(self, _: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def _readyz(self, _: web.Request) -> web.Response:
        state = {name: check() for name, check in self._checks.items()}
        status = 200 if all(state.values()) else 503
        return web.Response(status=status, body=orjson.dumps(state), content_type="application/json")

    async def _metrics(self, _: web.Request) -> web.Response:
        return web.Response(body=self._registry.page(), headers={"content-type": CONTENT_TYPE})
