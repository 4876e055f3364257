"""The server on its socket: receipts while the body comes, whatever becomes of either."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from ext_proc.bulk.admission import Admission
from ext_proc.bulk.room import Places
from ext_proc.bulk.server import BulkServer
from ext_proc.exchange import Exchange, Identity
from runtime.tracing.tracer import Tracer
from tests.ext_proc.bulk.uploads import PATIENCE, body, chunk, lines_of, request
from tests.fixtures.processor import Processor


@dataclass(slots=True)
class Sending:
    """A client in the middle of an upload."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        """One chunk of the body; an empty one ends it."""
        self.writer.write(b"%x\r\n%b\r\n" % (len(data), data))
        await self.writer.drain()

    async def head(self) -> tuple[int, Mapping[str, str]]:
        """Status and headers."""
        async with asyncio.timeout(PATIENCE):
            first, *lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        return int(first.split()[1]), dict(line.lower().split(": ", 1) for line in lines if line)

    async def receipts(self, count: int) -> list[dict[str, Any]]:
        """The next ones."""
        found: list[dict[str, Any]] = []
        async with asyncio.timeout(PATIENCE):
            while len(found) < count:
                found += await self._chunk()
        return found

    async def rest(self) -> list[dict[str, Any]]:
        """All that are left, to the end of the answer."""
        found: list[dict[str, Any]] = []
        async with asyncio.timeout(PATIENCE):
            while chunk := await self._chunk():
                found += chunk
        return found

    async def _chunk(self) -> list[dict[str, Any]]:
        size = int(await self.reader.readline(), 16)
        data = (await self.reader.readexactly(size + 2))[:-2]
        return [orjson.loads(line) for line in data.splitlines()]


@dataclass(slots=True)
class Site:
    """A server and its socket."""

    server: BulkServer
    socket: Path
    leave: asyncio.Event

    @asynccontextmanager
    async def upload(self, exchange: Exchange | None = None, **headers: str) -> AsyncIterator[Sending]:
        """A client that has sent its headers."""
        admitted = exchange or request()
        named = dict(
            [Admission.of(admitted).header(), ("host", "x"), ("transfer-encoding", "chunked"), *headers.items()]
        )
        reader, writer = await asyncio.open_unix_connection(str(self.socket))
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in named.items())
        writer.write(f"POST /chunks HTTP/1.1\r\n{lines}\r\n".encode())
        try:
            yield Sending(reader, writer)
        finally:
            writer.close()


@asynccontextmanager
async def serving(processor: Processor, folder: Path, *, tracer: Tracer | None = None) -> AsyncIterator[Site]:
    """A server for the uploads of a processor."""
    services = processor.services
    server = BulkServer(
        lines={"chunks": lines_of(processor)},
        producer=services.producer,
        clock=services.clock,
        places=Places(100),
        tracer=tracer,
    )
    socket, leave = folder / "b.sock", asyncio.Event()
    started = asyncio.Event()

    async def serve() -> None:
        async with server.serving(socket=str(socket), drain=5.0):
            started.set()
            await leave.wait()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(serve())
        await started.wait()
        yield Site(server, socket, leave)
        leave.set()


@pytest.fixture
async def site(processor: Processor, tmp_path: Path) -> AsyncIterator[Site]:
    """A server for uploads."""
    async with serving(processor, tmp_path) as site:
        yield site


async def test_receipts_come_before_the_body_has_ended(site: Site) -> None:
    """Both ways at once, on one connection."""
    async with site.upload() as client:
        for number in range(5):
            await client.send(body(chunk(number)))
            if number == 0:
                status, headers = await client.head()
                assert (status, headers["content-type"]) == (200, "application/x-ndjson")
            (receipt,) = await client.receipts(1)
            assert (receipt["line"], receipt["status"]) == (number + 1, 202)
        await client.send(b"")
        assert await client.rest() == []


async def test_a_process_that_stops_says_where_to_go_on(site: Site) -> None:
    """Whatever has come is answered, and then the last line comes."""
    async with site.upload() as client:
        await client.send(body(chunk(0)) + b'{"half')
        await client.head()
        await client.receipts(1)
        site.leave.set()
        (last,) = await client.rest()
        assert (last["status"], last["resume_from"]) == (503, 2)
        assert last["type"].endswith("/draining")


async def test_an_upload_ends_with_its_token(site: Site, processor: Processor) -> None:
    """What is known of its sender is not known any more; before the first receipt that is a plain 401."""
    now = processor.services.clock.now_ms() / 1000
    exchange = request()
    exchange.identity = Identity(subject="alice", tier="free", scopes=frozenset(), expires=now - 1)
    async with site.upload(exchange) as client:
        status, headers = await client.head()
        assert (status, headers["content-type"]) == (401, "application/problem+json")
        assert orjson.loads(await client.reader.readexactly(int(headers["content-length"])))["resume_from"] == 1


async def test_a_body_that_breaks_off_leaves_its_beginning(site: Site, processor: Processor) -> None:
    """The connection is gone in the middle of a line."""
    async with site.upload() as client:
        await client.send(body(chunk(0), chunk(1)) + b'{"half')
        await client.head()
        await client.receipts(2)
    async with asyncio.timeout(PATIENCE):
        while "upload-broken" not in processor.registry.page().decode():  # noqa: ASYNC110  # a page has no event
            await asyncio.sleep(0.01)
    assert len(await processor.records("rag.chunks")) == 2


async def test_only_what_the_processor_has_admitted_is_taken(site: Site) -> None:
    """Anything else is 403."""
    reader, writer = await asyncio.open_unix_connection(str(site.socket))
    writer.write(b"POST /chunks HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n")
    assert b" 403 " in await reader.readline()
    writer.close()


async def test_a_retry_is_marked(site: Site) -> None:
    """By the header that single requests have."""
    for number, replayed in enumerate((None, "true")):
        async with site.upload(request(unique=number), idempotency_key="k") as client:
            await client.send(body(chunk(0)))
            await client.send(b"")
            status, headers = await client.head()
            (receipt,) = await client.rest()
            assert (status, headers.get("idempotent-replayed")) == (200, replayed)
            assert receipt.get("replayed", False) is (replayed is not None)


async def test_a_key_that_is_refused_is_a_plain_problem(site: Site) -> None:
    """Nothing has been said by then."""
    async with site.upload(idempotency_key="a,b") as client:
        status, headers = await client.head()
        assert (status, headers["content-type"]) == (400, "application/problem+json")


async def test_uploads_are_counted_by_how_they_end(site: Site, processor: Processor) -> None:
    """And those that are open."""
    async with site.upload() as client:
        await client.send(body(chunk(0)))
        await client.head()
        assert 'gateway_bulk_uploads_open{route="chunks"} 1.0' in processor.registry.page().decode()
        await client.send(b"")
        await client.rest()
    page = processor.registry.page().decode()
    assert 'gateway_bulk_uploads_total{outcome="complete",route="chunks"} 1.0' in page
