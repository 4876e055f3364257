"""The native transport on its socket: what a peer that behaves oddly makes of it. What all transports do is proved elsewhere."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ext_proc.completion import Completion
from ext_proc.transport import methods
from ext_proc.transport.health import Health
from ext_proc.transport.http2 import frames
from ext_proc.transport.http2.errors import ErrorCode
from ext_proc.transport.http2.frames import END_HEADERS, END_STREAM, FrameReader, Kind
from ext_proc.transport.http2.messages import prefixed
from ext_proc.transport.native import NativeServer
from tests.ext_proc.transport.http2.client import REQUEST, block

GREETING = frames.PREFACE + frames.frame(Kind.SETTINGS, 0, 0, b"") + frames.frame(Kind.SETTINGS, 1, 0, b"")


class Work:
    """A stream that waits for `gate`, directly or in a completion, and writes down what becomes of it."""

    def __init__(self, *, completion: Completion | None = None) -> None:
        self.ended = False
        self.gate = asyncio.Event()
        self.begun = asyncio.Event()
        self.over = asyncio.Event()
        self.told = ""
        self._completion = completion

    async def receive(self, _: bytes) -> tuple[bytes, ...]:
        """Waits."""
        self.begun.set()
        if self._completion is not None:
            return await self._completion.run(self._wait)
        return await self._wait()

    async def _wait(self) -> tuple[bytes, ...]:
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.told = "cancelled"
            raise
        else:
            self.told = "done"
            self.ended = True
            return (b"answer",)
        finally:
            self.over.set()


class Peer:
    """A raw client."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer
        self._frames = FrameReader(max_size=2**24)

    def call(self, number: int, path: str = methods.PROCESS) -> None:
        """Opens a stream with one message."""
        fields = [(name, path if name == ":path" else value) for name, value in REQUEST]
        self.writer.write(
            frames.frame(Kind.HEADERS, END_HEADERS, number, block(fields))
            + frames.frame(Kind.DATA, 0, number, prefixed(b"q"))
        )

    async def until(self, kind: Kind, flags: int = 0) -> frames.Frame:
        """Reads up to the first such frame."""
        async with asyncio.timeout(10):
            while data := await self._reader.read(65536):
                for frame in self._frames.feed(data):
                    if frame[0] == kind and frame[1] & flags == flags:
                        return frame
        raise EOFError

    async def end(self) -> None:
        """Reads to the end."""
        async with asyncio.timeout(10):
            await self._reader.read()


@asynccontextmanager
async def peer_of(work: Work, folder: Path, *, drain: float = 5.0) -> AsyncIterator[tuple[Peer, list[int]]]:
    """A server whose every stream is `work`, and a client that has greeted it; and what was counted."""
    counted: list[int] = []
    server = NativeServer(
        open_stream=lambda: work,  # type: ignore[arg-type,return-value]  # as much of a Stream as a transport asks
        max_streams=10,
        health=Health(),
        count=counted.append,
    )
    socket = str(folder / "p.sock")
    async with server.serving(socket=socket, drain=drain):
        peer = Peer(*await asyncio.open_unix_connection(socket))
        peer.writer.write(GREETING)
        try:
            yield peer, counted
        finally:
            peer.writer.close()


@pytest.mark.parametrize("how", ["reset", "connection lost"])
async def test_who_goes_away_cancels_what_is_under_way(tmp_path: Path, how: str) -> None:
    """Whichever way; it counts until it has ended."""
    work = Work()
    async with peer_of(work, tmp_path) as (peer, counted):
        peer.call(1)
        await work.begun.wait()
        assert [1] == counted
        if how == "reset":
            peer.writer.write(frames.rst_stream(1, ErrorCode.CANCEL))
        else:
            peer.writer.transport.abort()
        await asyncio.wait_for(work.over.wait(), 10)
        assert "cancelled" == work.told
    assert [1, 0] == counted


async def test_a_completion_goes_on_without_its_client(tmp_path: Path) -> None:
    """As its chain asks."""
    work = Work(completion=Completion())
    async with peer_of(work, tmp_path) as (peer, _):
        peer.call(1)
        await work.begun.wait()
        peer.writer.write(frames.rst_stream(1, ErrorCode.CANCEL) + frames.frame(Kind.PING, 0, 0, bytes(8)))
        await peer.until(Kind.PING, 1)
        work.gate.set()
        await asyncio.wait_for(work.over.wait(), 10)
        assert "done" == work.told


async def test_what_outlasts_a_drain_is_cut(tmp_path: Path) -> None:
    """With the connection, and never with an answer; the work is cancelled before the server is gone."""
    work = Work()
    async with peer_of(work, tmp_path, drain=0.01) as (peer, counted):
        peer.call(1)
        await work.begun.wait()
    assert "cancelled" == work.told
    assert [1, 0] == counted
    with pytest.raises(EOFError):
        await peer.until(Kind.HEADERS, END_STREAM)


async def test_a_port_serves_as_a_socket_does() -> None:
    """For tools that know no sockets: the health check is answered, and what is no method is not."""
    server = NativeServer(open_stream=Work, max_streams=1, health=Health())  # type: ignore[arg-type]
    async with server.serving_tcp() as port:
        peer = Peer(*await asyncio.open_connection("127.0.0.1", port))
        peer.writer.write(GREETING)
        peer.call(1, methods.CHECK)
        assert prefixed(b"\x08\x01") == (await peer.until(Kind.DATA))[3]
        peer.call(3, "/none")
        assert b"grpc-status\x0212" in (await peer.until(Kind.HEADERS, END_STREAM))[3]
        peer.writer.close()


async def test_what_is_no_http2_is_told_and_closed(tmp_path: Path) -> None:
    """A GOAWAY, and the end."""
    async with peer_of(Work(), tmp_path) as (peer, _):
        peer.writer.write(b"\x00\x00\x09\x04\x00\x00\x00\x00\x00" + bytes(9))
        assert ErrorCode.FRAME_SIZE_ERROR == frames.word((await peer.until(Kind.GOAWAY))[3][4:])
        await peer.end()
