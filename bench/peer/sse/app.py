"""What Sluice's results server is measured against: an aiohttp service that streams records of one topic by their key.

It is written to be fast: one consumer for all, each record encoded once, no signatures, no history, no metrics.
It cannot resume, so what comes while a reader is away is lost to it; it says nothing of an id that nobody has seen; it
does not end a stream with its token, nor send readers away before it stops. What Sluice does beyond it is on Sluice's
account.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from aiohttp import web

from bench.peer.caller import Verifier
from bench.peer.sse.hub import Hub, Reader

SCOPE = "proxy:stream"
PING_SECONDS = 15.0

_HEADERS = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store, no-transform"}
_GREETING = b"retry: 2000\n\nevent: queued\ndata: {}\n\n"
_PING = b": ping\n\n"


class Follows(Protocol):
    """Pushes the records of a topic."""

    def running(self) -> AbstractAsyncContextManager[None]:
        """Works while the context is open."""


class Service:
    """The service's one route."""

    def __init__(self, *, verifier: Verifier, hub: Hub) -> None:
        self._verifier = verifier
        self._hub = hub

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Identifies the caller, checks the scope, and streams the caller's records of the key until the caller goes."""
        caller = self._verifier.caller(request.headers.get("authorization", ""))
        if caller is None:
            return web.Response(status=401, headers={"www-authenticate": 'Bearer error="invalid_token"'})
        if SCOPE not in caller.scopes:
            return web.Response(status=403, headers={"www-authenticate": 'Bearer error="insufficient_scope"'})
        with self._hub.reading(request.match_info["key"].encode(), owner=caller.subject.encode()) as reader:
            response = web.StreamResponse(headers=_HEADERS)
            await response.prepare(request)
            await response.write(_GREETING)
            await _write(response, reader)
        return response


def build(service: Service, *, feed: Follows) -> web.Application:
    """The application; while it serves, it follows the topic."""

    async def following(_: web.Application) -> AsyncIterator[None]:
        async with feed.running():
            yield

    app = web.Application()
    app.router.add_get("/results/{key}", service.stream)
    app.cleanup_ctx.append(following)
    return app


async def _write(response: web.StreamResponse, reader: Reader) -> None:
    while True:
        try:
            async with asyncio.timeout(PING_SECONDS):
                frame = await reader.queue.get()
        except TimeoutError:
            frame = _PING
        if frame is None:
            return
        await response.write(frame)
