"""The load generator sends what it is told to a real server and counts every answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bench.address import Address
from bench.helper import Helper
from bench.job import LoadJob, LoadResult
from bench.load import Load

REQUEST = "GET / HTTP/1.1\r\nhost: here\r\n\r\n"
ANSWER = b"HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\nok"


@asynccontextmanager
async def server(*, answers: int) -> AsyncIterator[int]:
    """Answers so many requests on each connection, and hangs up on the next."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for _ in range(answers):
                await reader.readuntil(b"\r\n\r\n")
                writer.write(ANSWER)
            await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        yield listening.sockets[0].getsockname()[1]


def job(port: int, *, rate: float | None, seconds: float = 0.1) -> LoadJob:
    """Two connections for a moment."""
    return LoadJob(at=Address(port=port), requests=[REQUEST], connections=2, seconds=seconds, rate=rate)


@pytest.mark.parametrize("rate", [None, 200.0])
async def test_every_request_is_counted(rate: float | None) -> None:
    """At either pace there is one latency and one lateness for each answer, and the latency holds the lateness."""
    async with server(answers=100_000) as port:
        load = Load(job(port, rate=rate))
        await load.connect()
        result = await load.run()
    count = result.statuses["202"]
    assert {"202": count} == result.statuses
    assert (count, count) == (len(result.latencies), len(result.late))
    assert all(latency >= late for latency, late in zip(sorted(result.latencies), sorted(result.late), strict=True))
    assert rate is None or count == 20


@pytest.mark.parametrize("rate", [None, 200.0])
async def test_lost_requests_are_counted(rate: float | None) -> None:
    """A server that hangs up is seen in the statuses."""
    async with server(answers=3) as port:
        load = Load(job(port, rate=rate, seconds=0.2))
        await load.connect()
        result = await load.run()
    assert 6 == result.statuses["202"]
    assert 2 <= result.statuses["lost"]


async def test_as_a_process() -> None:
    """The process takes its job by standard input, waits for its cue and reports what it found."""
    async with server(answers=100_000) as port, Helper("bench.load", job(port, rate=100.0)) as helper:
        result = LoadResult(**await helper.go())
    assert {"202": 10} == result.statuses
    assert 0.0 < result.cpu
