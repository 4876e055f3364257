"""`python -m bench.streams.watch`: a process that holds many streams open and takes the time of every event's bytes."""

import asyncio
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import cast

import uvloop

from bench.helper import hear, say
from bench.streams.job import Found, Opened, Watched, WatchJob

OPEN_SECONDS = 60.0
QUIET_SECONDS = 10.0
AT_ONCE = 50
OPENED = b"event: queued"

_SENT = re.compile(rb'"sent":(\d+)')
_CARRIED = 64
_SHOWN = 200


class Stream(asyncio.Protocol):
    """One stream; says when its first event has come."""

    def __init__(self, request: bytes, found: Found, *, opened: bytes = OPENED) -> None:
        self._request = request
        self._first = opened
        self._found = found
        self._rest = b""
        self._events = False
        self._transport: asyncio.Transport | None = None
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none of asyncio's classes
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        now = time.time_ns()
        self._rest += data
        if not self._events:
            self._open()
        end = 0
        for sent in _SENT.finditer(self._rest):
            if sent.end() == len(self._rest):  # perhaps half of the number
                break
            self._found.add((now - int(sent[1])) / 1e6, at=now / 1e9)
            end = sent.end()
        if self._events:
            self._rest = self._rest[max(end, len(self._rest) - _CARRIED) :]

    def _open(self) -> None:
        self._events = self._first in self._rest
        if self._events and not self.opened.done():
            self.opened.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by asyncio."""
        self.lost = True
        if not self.opened.done():
            answer = self._rest[:_SHOWN].decode(errors="replace") or "the connection was closed"
            self.opened.set_exception(ConnectionError(answer))

    def close(self) -> None:
        """Ends it."""
        if self._transport:
            self._transport.abort()


class Watcher:
    """All streams of one server."""

    def __init__(self, job: WatchJob) -> None:
        self._at = job.at
        self._first = job.opened.encode()
        self._found = Found()
        self._streams: list[Stream] = []

    async def open(self, requests: Sequence[str]) -> Opened:
        """Opens a stream for each request, a few at once."""
        room, refused = asyncio.Semaphore(AT_ONCE), list[str]()

        async def one(request: str) -> None:
            async with room:
                if refused:  # one is enough: the figures would be of something else
                    return
                try:
                    self._streams.append(await self._open(request))
                except (OSError, TimeoutError) as error:
                    refused.append(str(error) or "no event came in time")

        await asyncio.gather(*map(one, requests))
        return Opened(open=len(self._streams), refused=next(iter(refused), ""))

    async def watch(self, expected: int) -> Watched:
        """Returns once so many events have come since the last time, or nothing has come for a while."""
        with suppress(TimeoutError):
            await self._found.whole(expected, seconds=QUIET_SECONDS)
        return self._found.read(lost=sum(stream.lost for stream in self._streams))

    async def _open(self, request: str) -> Stream:
        loop, content, at = asyncio.get_running_loop(), request.encode("latin-1"), self._at
        _, stream = await loop.create_connection(
            lambda: Stream(content, self._found, opened=self._first), at.host, at.port, ssl=at.context()
        )
        try:
            await asyncio.wait_for(stream.opened, OPEN_SECONDS)
        except BaseException:
            stream.close()
            raise
        return stream


async def main() -> None:
    """Opens what it is told to, and reports what came, until the bench ends."""
    watcher = Watcher(WatchJob.told(await hear()))
    say("ready")
    while True:
        word = await hear()
        say(await (watcher.watch(word) if isinstance(word, int) else watcher.open(word)))


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
