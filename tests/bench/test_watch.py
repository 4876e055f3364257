"""The watcher finds every event's time, however its bytes are cut."""

import asyncio
import time

import pytest

from bench.helper import Helper
from bench.watch import Stream
from bench.watching import Found, WatchJob, WatchResult

HEAD = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nevent: queued\ndata: {}\n\n"


def event(sent: int) -> bytes:
    """An event as it is written for the measurement."""
    return b'event: delta\nid: v1.0.1\ndata: {"text":"and the water","sent":%d}\n\n' % sent


@pytest.mark.parametrize("size", [1, 5, 26, 27, 28, 64, 1000])
async def test_every_event_is_found_once(size: int) -> None:
    """However the bytes are cut, each event is counted once, even where the cut is inside its number."""
    found = Found()
    stream, content = Stream(b"", found), HEAD + b"".join(event(time.time_ns()) for _ in range(20))
    for at in range(0, len(content), size):
        stream.data_received(content[at : at + size])
    assert stream.opened.done()
    assert 20 == len(found.latencies)
    assert all(0.0 <= latency < 60_000.0 for latency in found.latencies)


async def test_a_stream_that_is_refused() -> None:
    """A stream that ends before its first event says what was answered."""
    stream = Stream(b"", Found())
    stream.data_received(b"HTTP/1.1 404 Not Found\r\n\r\n")
    stream.connection_lost(None)
    with pytest.raises(ConnectionError, match="404"):
        await stream.opened


async def test_whole() -> None:
    """The wait ends with the last event that is expected, and at once where all have come."""
    found = Found()
    waiting = asyncio.create_task(found.whole(2, seconds=10.0))
    await asyncio.sleep(0)
    found.add(1.0)
    found.add(2.0)
    await waiting
    await found.whole(2, seconds=0.0)
    with pytest.raises(TimeoutError):
        await Found().whole(1, seconds=0.0)


async def test_as_a_process() -> None:
    """The process opens its streams before it is ready, and reports what came and what was lost."""
    go = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD)
        await go.wait()
        writer.write(event(time.time_ns()))
        await reader.read()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        job = WatchJob(port=listening.sockets[0].getsockname()[1], requests=["GET / HTTP/1.1\r\n\r\n"] * 2)
        async with Helper("bench.watch", job) as helper:
            go.set()
            result = WatchResult(**await helper.go(2))
    assert (2, 0) == (len(result.latencies), result.lost)
