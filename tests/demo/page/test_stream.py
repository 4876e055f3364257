"""Every record, as it passes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from aiohttp import web

from demo.page.frames import event
from demo.page.log import Log
from demo.page.stream import Records
from demo.sse import ServerEvent, SseParser
from runtime.clock import SystemClock
from tests.demo.page.served import Served


@asynccontextmanager
async def reader(page: Served, query: str = "") -> AsyncIterator[AsyncIterator[ServerEvent]]:
    """The events of one stream; it is open once the context is."""
    async with page.client.stream("GET", f"/demo/records{query}") as answer:
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        parts = answer.aiter_bytes()
        parser = SseParser()
        first = await anext(parts)
        assert first.startswith(b"retry: ")

        async def events() -> AsyncIterator[ServerEvent]:
            for one in parser.feed(first):
                yield one
            async for part in parts:
                for one in parser.feed(part):
                    yield one

        yield events()


async def taken(events: AsyncIterator[ServerEvent], count: int) -> list[dict[str, Any]]:
    async with asyncio.timeout(20):
        return [orjson.loads((await anext(events)).data) for _ in range(count)]


async def test_a_record_is_told_as_it_passes(page: Served) -> None:
    """To everyone who looks, from any topic, once."""
    async with reader(page) as one, reader(page) as other:
        await page.write("rag.queries", "q", {"question": "?"})
        await page.chunk("a")

        for events in (one, other):
            first, second = await taken(events, 2)
            assert (first["topic"], first["value"], first["query_key"]) == ("rag.queries", {"question": "?"}, "q")
            assert (second["topic"], second["key"], second["query_key"]) == ("rag.chunks", "a#0", None)


async def test_a_reader_may_ask_for_what_has_just_passed(page: Served) -> None:
    """Without that, only what comes; more than a minute is taken for one."""
    place = page.log.end
    await page.write("rag.queries", "old", {})
    await page.log.beyond(place)

    async with reader(page, "?since=100000") as back, reader(page, "?since=-1") as on:
        await page.write("rag.queries", "new", {})
        assert [record["key"] for record in await taken(back, 2)] == ["old", "new"]
        assert [record["key"] for record in await taken(on, 1)] == ["new"]


@pytest.mark.parametrize("since", ["x", "1e", "1,5"])
async def test_what_is_no_number_of_seconds_is_refused(page: Served, since: str) -> None:
    """Before a stream begins."""
    answer = await page.client.get("/demo/records", params={"since": since})

    assert answer.status_code == 400


async def test_head_says_what_a_reader_would_get(page: Served) -> None:
    """And ends."""
    answer = await page.client.head("/demo/records")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")


@asynccontextmanager
async def alone(records: Records) -> AsyncIterator[int]:
    """The stream without anything around it."""
    application = web.Application()
    application.router.add_get("/records", records.handle)
    runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def test_a_slow_reader_is_told_what_it_has_missed() -> None:
    """Others are not held up, nothing is queued for it, and once it reads again it goes on with what is kept."""
    log = Log(clock=SystemClock(), records=10)
    frame = event("record", b"x" * 50_000)
    async with alone(Records(log)) as port:
        reading, writing = await asyncio.open_connection("127.0.0.1", port, limit=2**16)
        writing.write(b"GET /records HTTP/1.1\r\nhost: x\r\n\r\n")
        await reading.readuntil(b"retry: ")
        for _ in range(400):  # 20 MB: far more than sockets hold
            log.add([frame])
            await asyncio.sleep(0)
        log.add([event("record", b"last")])
        seen = bytearray()
        async with asyncio.timeout(20):
            while b"data: last\n" not in seen:
                seen += await reading.read(2**20)
        writing.close()

    lost = [orjson.loads(part.split(b"\n")[0])["count"] for part in bytes(seen).split(b"event: lost\ndata: ")[1:]]
    assert sum(lost) + bytes(seen).count(b"event: record") == 401
    assert sum(lost) > 0


async def test_there_is_room_for_so_many() -> None:
    """Past that 503; a place that is left is free again."""
    records = Records(Log(clock=SystemClock()), readers=1)
    async with alone(records) as port:
        _, first = await _ask(port)
        refused, second = await _ask(port)
        assert refused.startswith(b"HTTP/1.1 503")
        assert b"retry-after: 5" in refused.lower()
        first.close()
        second.close()
        async with asyncio.timeout(20):
            while refused.startswith(b"HTTP/1.1 503"):  # until the server has heard of it
                refused, third = await _ask(port)
                third.close()
        assert refused.startswith(b"HTTP/1.1 200")


async def test_silence_is_filled() -> None:
    """A comment now and then keeps what lies between from ending the stream."""
    async with alone(Records(Log(clock=SystemClock()), ping=0.01)) as port:
        reading, writing = await asyncio.open_connection("127.0.0.1", port)
        writing.write(b"GET /records HTTP/1.1\r\nhost: x\r\n\r\n")
        async with asyncio.timeout(20):
            assert await reading.readuntil(b": ping\n\n")
        writing.close()


async def test_the_end_is_the_end_of_every_stream(page: Served) -> None:
    """A server that stops leaves nobody waiting."""
    async with reader(page) as events:
        page.log.close()
        async with asyncio.timeout(20):
            assert [one async for one in events] == []


async def _ask(port: int) -> tuple[bytes, asyncio.StreamWriter]:
    reading, writing = await asyncio.open_connection("127.0.0.1", port)
    writing.write(b"GET /records HTTP/1.1\r\nhost: x\r\n\r\n")
    return await reading.readuntil(b"\r\n\r\n"), writing
