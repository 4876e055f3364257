"""The watcher finds every event's time, however its bytes are cut."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bench.address import Address
from bench.helper import Helper
from bench.streams.job import Found, Opened, Watched, WatchJob
from bench.streams.watch import Stream, Watcher

HEAD = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nevent: queued\ndata: {}\n\n"
REQUEST = "GET / HTTP/1.1\r\n\r\n"


def event(sent: int) -> bytes:
    """An event as it is written for the measurement."""
    return b'event: delta\nid: v1.0.1\ndata: {"text":"and the water","sent":%d}\n\n' % sent


@asynccontextmanager
async def serving(answer: bytes, *, go: asyncio.Event) -> AsyncIterator[int]:
    """The port of a server that answers every request, with one event once it may go, and then waits."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        if answer == HEAD:
            await go.wait()
            writer.write(event(time.time_ns()))
            await reader.read()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        yield listening.sockets[0].getsockname()[1]


@pytest.mark.parametrize("size", [1, 5, 26, 27, 28, 64, 1000])
async def test_every_event_is_found_once(size: int) -> None:
    """However the bytes are cut, each event is counted once, even where the cut is inside its number."""
    found = Found()
    stream, content = Stream(b"", found), HEAD + b"".join(event(time.time_ns()) for _ in range(20))
    for at in range(0, len(content), size):
        stream.data_received(content[at : at + size])
    assert stream.opened.done()
    watched = found.read(lost=0)
    assert 20 == len(watched.latencies)
    assert all(0.0 <= latency < 60_000.0 for latency in watched.latencies)


async def test_a_stream_that_is_refused() -> None:
    """A stream that ends before its first event says what was answered."""
    stream = Stream(b"", Found())
    stream.data_received(b"HTTP/1.1 404 Not Found\r\n\r\n")
    stream.connection_lost(None)
    with pytest.raises(ConnectionError, match="404"):
        await stream.opened


async def test_refused() -> None:
    """Where one of many is refused, no more are opened, and the answer is told."""
    async with serving(b"HTTP/1.1 503 Service Unavailable\r\n\r\n", go=asyncio.Event()) as port:
        opened = await Watcher(WatchJob(at=Address(port=port))).open([REQUEST] * 100)
    assert 0 == opened.open
    assert opened.refused.startswith("HTTP/1.1 503 ")


async def test_nobody_listens() -> None:
    """A server that is not there is told of like one that refuses."""
    assert "111" in (await Watcher(WatchJob(at=Address(port=1))).open([REQUEST])).refused


async def test_whole() -> None:
    """The wait ends with the last event that is expected, at once where all have come, and with silence."""
    found = Found()
    waiting = asyncio.create_task(found.whole(2, seconds=10.0))
    await asyncio.sleep(0)
    found.add(1.0, at=5.0)
    found.add(2.0, at=7.5)
    await waiting
    await found.whole(2, seconds=0.0)
    assert Watched(latencies=[1.0, 2.0], seconds=2.5, lost=1) == found.read(lost=1)
    with pytest.raises(TimeoutError):
        await found.whole(1, seconds=0.0)


async def test_as_a_process() -> None:
    """The process opens what it is told to, in as many words as are said, and reports what came and what was lost."""
    go = asyncio.Event()
    async with serving(HEAD, go=go) as port, Helper("bench.streams.watch", WatchJob(at=Address(port=port))) as helper:
        assert Opened(open=2) == Opened(**await helper.go([REQUEST] * 2))
        assert Opened(open=3) == Opened(**await helper.go([REQUEST]))
        go.set()
        watched = Watched(**await helper.go(3))
    assert (3, 0) == (len(watched.latencies), watched.lost)
