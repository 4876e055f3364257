"""The native transport: a minimal HTTP/2 server of our own, for Envoy's gRPC client on a unix socket."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast

from ext_proc.stream import Stream
from ext_proc.transport.calls import Calls
from ext_proc.transport.health import Health
from ext_proc.transport.http2.connection import Connection
from ext_proc.transport.http2.limits import Limits
from ext_proc.transport.http2.room import Room
from ext_proc.transport.http2.streams import Answer
from ext_proc.transport.socket import make_room

_log = logging.getLogger("sluice.transport")

_SPARE_STREAMS = 1024
"""How many streams a connection may have above `max_streams`: those are there to be told that we are busy."""

_PATIENCE = 1.0
"""Seconds that a peer gets to answer a PING, to read our last words, and work to hear that it is cancelled."""


class NativeServer:
    """Serves streams; at most `max_streams` at once, past which a request is refused with 503."""

    def __init__(
        self,
        *,
        open_stream: Callable[[], Stream],
        max_streams: int,
        health: Health,
        count: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._health = health
        self._calls = Calls(open_stream=open_stream, max_streams=max_streams, health=health, count=count)
        streams = max_streams + _SPARE_STREAMS
        self._limits = Limits(streams=streams, resets=2 * streams, resets_a_second=streams)
        self._room = Room(self._limits.room)
        self._links: set[Link] = set()

    @asynccontextmanager
    async def serving(self, *, socket: str, drain: float) -> AsyncIterator[None]:
        """Serves on a unix socket; leaving lets open streams finish for up to `drain` seconds."""
        make_room(socket)
        loop = asyncio.get_running_loop()
        async with self._until_left(await loop.create_unix_server(self._link, socket), drain=drain):
            yield

    @asynccontextmanager
    async def serving_tcp(self, *, port: int = 0, drain: float = 0.0) -> AsyncIterator[int]:
        """Serves on a port of this machine, and says which, for tools that speak TCP only."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(self._link, "127.0.0.1", port)
        async with self._until_left(server, drain=drain):
            yield server.sockets[0].getsockname()[1]

    def _link(self) -> "Link":
        return Link(self._calls.answer, self._limits, self._room, self._links)

    @asynccontextmanager
    async def _until_left(self, server: asyncio.Server, *, drain: float) -> AsyncIterator[None]:
        try:
            yield
        finally:
            self._health.leave()
            server.close()
            await self._drain(drain)

    async def _drain(self, seconds: float) -> None:
        """Open streams finish; new ones are refused, which Envoy retries on another processor."""
        links = list(self._links)
        for link in links:
            link.leave()
        if links:
            await asyncio.wait([link.closed for link in links], timeout=min(seconds, _PATIENCE))
        for link in links:
            link.refuse()
        if links:
            await asyncio.wait([link.closed for link in links], timeout=max(0.0, seconds - _PATIENCE))
        for link in links:
            link.close()
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._calls.idle()
                await asyncio.gather(*(link.closed for link in links))
        except TimeoutError:
            _log.warning("a stream does not end although it was cancelled")
        for link in links:
            link.abort()


class Link(asyncio.Protocol):
    """A connection on its socket. What is to be said is written once a turn of the loop.

    A peer that does not read is not read from, so that what waits for it is bounded by what it had asked before.
    """

    def __init__(self, answer: Answer, limits: Limits, room: Room, links: "set[Link]") -> None:
        self._links = links
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._reading = False
        self._connection = Connection(answer=answer, stirred=self._stirred, limits=limits, room=room)
        self.closed: asyncio.Future[None] = self._loop.create_future()
        """Done once the connection is no more."""

    def leave(self) -> None:
        """Asks for no more streams."""
        self._connection.leave()

    def refuse(self) -> None:
        """Takes no more streams, and closes with the last."""
        self._connection.refuse()
        self._flush()

    def close(self) -> None:
        """Ends all streams, and closes once the peer has read that."""
        self._connection.close()
        self._flush()

    def abort(self) -> None:
        """Closes whether the peer reads or not."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Says our settings at once."""
        self._links.add(self)
        self._transport = cast("asyncio.Transport", transport)
        self._flush()

    def data_received(self, data: bytes) -> None:
        """Takes what came, and writes what that makes possible."""
        self._reading = True
        try:
            self._connection.receive(data)
        finally:
            self._reading = False
            self._flush()

    def eof_received(self) -> bool:
        """A peer that sends no more is gone: HTTP/2 has no half-open connections."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Ends what was under way."""
        self._links.discard(self)
        self._transport = None
        self._connection.lost()
        if not self.closed.done():
            self.closed.set_result(None)

    def pause_writing(self) -> None:
        """The peer does not read: neither do we."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """The peer has read."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def _stirred(self) -> None:
        if not self._reading and self._transport is not None:
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if data := self._connection.take():
            transport.write(data)
        if self._connection.done:
            transport.close()
            self._loop.call_later(_PATIENCE, self.abort)
