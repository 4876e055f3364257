"""`GET /demo/records`: every record on every topic, as it passes."""

import asyncio
from contextlib import suppress

import orjson
from aiohttp import web

from demo.page.frames import PING, event
from demo.page.log import Log, Portion

BACK = 60.0
"""Seconds that `?since=` may go back; more is taken for that."""

PING_SECONDS = 15.0
READERS = 2000
"""Readers at once; past it 503."""

STUCK = 30.0
"""Seconds that a reader may take none of what it was sent. Policy: it is cut off, and comes back by itself."""

HEADERS = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
}


class Records:
    """Serves a log to its readers.

    A reader that is too slow for what is kept is told by an event `lost` how many it has missed, and goes on behind them.
    """

    def __init__(self, log: Log, *, ping: float = PING_SECONDS, stuck: float = STUCK, readers: int = READERS) -> None:
        self._log = log
        self._ping = ping
        self._stuck = stuck
        self._most = readers
        self.readers = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answers until the reader leaves, or the log is closed."""
        place = self._place(request)
        if self.readers >= self._most:
            raise web.HTTPServiceUnavailable(text="There are too many readers.", headers={"retry-after": "5"})
        response = web.StreamResponse(headers=HEADERS)
        self.readers += 1
        try:
            await response.prepare(request)
            if request.method != "HEAD":
                await self._write(response, b"retry: 2000\n\n")
                await self._pass_on(response, place)
        except (ConnectionError, TimeoutError):
            pass
        finally:
            self.readers -= 1
        return response

    def _place(self, request: web.Request) -> int:
        since = request.query.get("since", "0")
        try:
            return self._log.since(min(max(float(since), 0.0), BACK))
        except ValueError:
            raise web.HTTPBadRequest(text="since is a number of seconds.") from None

    async def _pass_on(self, response: web.StreamResponse, place: int) -> None:
        while not self._log.closed:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._ping):
                    await self._log.beyond(place)
            portion = self._log.read(place)
            await self._write(response, _text(portion) or PING)
            place = portion.place

    async def _write(self, response: web.StreamResponse, text: bytes) -> None:
        async with asyncio.timeout(self._stuck):
            await response.write(text)


def _text(portion: Portion) -> bytes:
    lost = [event("lost", orjson.dumps({"count": portion.lost}))] if portion.lost else []
    return b"".join((*lost, *portion.frames))
