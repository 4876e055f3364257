"""`python -m bench.watch`: a process that holds many result streams open and takes the time of every event's bytes."""

import asyncio
import re
import time
from contextlib import suppress

from bench.helper import hear, say
from bench.watching import Found, WatchJob, WatchResult

OPEN_SECONDS = 60.0
LAST_SECONDS = 10.0
AT_ONCE = 50

_SENT = re.compile(rb'"sent":(\d+)')
_OPENED = b"event: queued\n"
_CARRIED = 64


class Stream(asyncio.Protocol):
    """One stream; says when its first event has come."""

    def __init__(self, request: bytes, found: Found) -> None:
        self._request = request
        self._found = found
        self._rest = b""
        self._events = False
        self._transport: asyncio.BaseTransport | None = None
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self._transport = transport
        if isinstance(transport, asyncio.WriteTransport):
            transport.write(self._request)

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
            self._found.add((now - int(sent[1])) / 1e6)
            end = sent.end()
        if self._events:
            self._rest = self._rest[max(end, len(self._rest) - _CARRIED) :]

    def _open(self) -> None:
        self._events = _OPENED in self._rest
        if self._events and not self.opened.done():
            self.opened.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by asyncio."""
        self.lost = True
        if not self.opened.done():
            self.opened.set_exception(ConnectionError(self._rest[:200].decode(errors="replace")))

    def close(self) -> None:
        """Ends it."""
        if isinstance(self._transport, asyncio.WriteTransport):
            self._transport.abort()


async def main() -> None:
    """Opens the streams, and reports what came until it is told how much was sent."""
    job, found = WatchJob(**await hear()), Found()
    room = asyncio.Semaphore(AT_ONCE)

    async def opened(request: str) -> Stream:
        async with room:
            return await _open(request, port=job.port, found=found)

    streams = await asyncio.gather(*map(opened, job.requests))
    say("ready")
    expected = int(await hear())
    with suppress(TimeoutError):
        await found.whole(expected, seconds=LAST_SECONDS)
    say(WatchResult(latencies=found.latencies, lost=sum(stream.lost for stream in streams)))
    for stream in streams:
        stream.close()


async def _open(request: str, *, port: int, found: Found) -> Stream:
    loop, content = asyncio.get_running_loop(), request.encode("latin-1")
    _, stream = await loop.create_connection(lambda: Stream(content, found), "127.0.0.1", port)
    await asyncio.wait_for(stream.opened, OPEN_SECONDS)
    return stream


if __name__ == "__main__":
    asyncio.run(main())
