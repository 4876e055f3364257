"""A server that says what a test wrote down, one script a request."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import pytest
from aiohttp import web


@dataclass(frozen=True, slots=True)
class Says:
    """An answer: `body` is written, then the connection is closed, in the middle of the answer where `breaks`.

    Where it `stays`, nothing is closed until the client leaves.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    breaks: bool = False
    stays: bool = False


@dataclass(slots=True)
class Scripted:
    """Answers requests in turn; the last answer serves for all that follow."""

    url: str
    script: Sequence[Says] = (Says(),)
    asked: list[web.Request] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answers the next in the script."""
        says = self.script[min(len(self.asked), len(self.script) - 1)]
        self.asked.append(request)
        self.bodies.append(await request.read())
        response = web.StreamResponse(status=says.status, headers=says.headers)
        if says.status != 204:
            response.enable_chunked_encoding()
        await response.prepare(request)
        if says.body:
            await response.write(says.body)
        if says.stays:
            await asyncio.Event().wait()
        if says.breaks and request.transport:
            await asyncio.sleep(0)
            request.transport.close()
        return response


@pytest.fixture
async def scripted() -> AsyncIterator[Scripted]:
    """The server."""
    server = Scripted(url="")
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()
