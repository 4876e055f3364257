"""An upload flows past the processor: Envoy gathers nothing of it, and its receipts come while it runs."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from bus.memory.bus import MemoryBus
from envoy.run import RunningEnvoy
from ext_proc.bulk.admission import HEADER, Admission
from ext_proc.bulk.room import Places
from ext_proc.bulk.server import BulkServer
from ext_proc.stream import Stream
from ext_proc.transport.grpcio import GrpcServer
from ext_proc.transport.health import Health
from runtime.settings.source import Source
from tests.ext_proc.bulk.uploads import PATIENCE, body, chunk, lines_of, request
from tests.fixtures.envoy import CAP, Keys, gateway_of
from tests.fixtures.processor import Processor, following, processor_for

pytestmark = pytest.mark.envoy

NDJSON = {"content-type": "application/x-ndjson"}
PRODUCE = {"topic": "t", "type": "t.v1", "key": "{body.doc_id}"}


@dataclass(frozen=True, slots=True)
class Rig:
    """A real Envoy, a processor on a bus in memory, and callers."""

    envoy: RunningEnvoy
    processor: Processor
    keys: Keys

    @property
    def base(self) -> str:
        """Its URL."""
        host, port = self.envoy.address
        return f"http://{host}:{port}"

    def bearer(self, **claims: Any) -> dict[str, str]:
        """A caller without a limit."""
        token = self.keys.token(tier="enterprise", scope="proxy:publish", **claims)
        return {"authorization": f"Bearer {token}"}


@pytest.fixture
async def rig(short_folder: Callable[[], Path], issuer_keys: dict[str, Keys]) -> AsyncIterator[Rig]:
    """A route that takes uploads, whole but for Kafka."""
    folder, bus = short_folder(), MemoryBus()
    plugins = ["identity", {"schema": {"document": "chunk"}}, {"produce": PRODUCE}]
    route = {"name": "chunks", "method": "POST", "path": "/chunks", "bulk": {"idle": 2}, "plugins": plugins}
    gateway = gateway_of(folder, {"main": issuer_keys["main"]}, routes=[route])
    async with AsyncExitStack() as stack:
        producer = await stack.enter_async_context(bus.producer())
        source = Source("{}", file="gateway.yaml", environ={})
        processor = await processor_for(bus, producer, declaration=(gateway, source))
        await stack.enter_async_context(following(processor))
        metrics, clock = processor.metrics, processor.services.clock
        grpc = GrpcServer(
            open_stream=lambda: Stream(router=processor.router, metrics=metrics, clock=clock),
            max_streams=100,
            health=Health(),
        )
        bulk = BulkServer(lines={"chunks": lines_of(processor)}, producer=producer, clock=clock, places=Places(1000))
        await stack.enter_async_context(bulk.serving(socket=gateway.bulk_socket(0), drain=1.0))
        await stack.enter_async_context(grpc.serving(socket=gateway.processor_socket(0), drain=1.0))
        envoy = await stack.enter_async_context(RunningEnvoy(gateway, folder=folder, log=folder / "envoy.log"))
        yield Rig(envoy, processor, issuer_keys["main"])


async def _whole(rig: Rig, lines: int, *, http2: bool, **headers: str) -> tuple[httpx.Response, list[Any]]:
    async def sending() -> AsyncIterator[bytes]:
        for number in range(lines):
            yield body(chunk(number, text="x" * 1000))

    async with httpx.AsyncClient(http1=not http2, http2=http2, timeout=PATIENCE) as client:
        answer = await client.post(
            f"{rig.base}/chunks", content=sending(), headers={**rig.bearer(), **NDJSON, **headers}
        )
        return answer, [orjson.loads(line) for line in answer.content.splitlines()]


@pytest.mark.parametrize("http2", [False, True])
async def test_an_upload_may_be_longer_than_any_cap(rig: Rig, http2: bool) -> None:  # noqa: FBT001 - a parameter
    """Over both versions of HTTP: ten times the route's cap for a single body."""
    answer, receipts = await _whole(rig, CAP // 100, http2=http2)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-ndjson")
    assert answer.http_version == ("HTTP/2" if http2 else "HTTP/1.1")
    assert [(each["line"], each["status"]) for each in receipts] == [(n + 1, 202) for n in range(CAP // 100)]


async def test_receipts_come_while_it_is_sent(rig: Rig) -> None:
    """Each line is answered before the next one is sent, on one connection."""
    host, port = rig.envoy.address
    reader, writer = await asyncio.open_connection(host, port)
    named = {"host": "x", "transfer-encoding": "chunked", **rig.bearer(), **NDJSON}
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    writer.write(f"POST /chunks HTTP/1.1\r\n{head}\r\n".encode())
    async with asyncio.timeout(PATIENCE):
        for number in range(20):
            line = body(chunk(number))
            writer.write(b"%x\r\n%b\r\n" % (len(line), line))
            if number == 0:
                assert b" 200 " in (await reader.readuntil(b"\r\n\r\n"))
            size = int(await reader.readline(), 16)
            assert orjson.loads(await reader.readexactly(size))["line"] == number + 1
            await reader.readexactly(2)
        writer.write(b"0\r\n\r\n")
        assert await reader.readline() == b"0\r\n"
    writer.close()


async def test_a_silent_upload_is_told_where_to_go_on(rig: Rig) -> None:
    """Our own time-out comes before Envoy's, which could not say it."""
    host, port = rig.envoy.address
    reader, writer = await asyncio.open_connection(host, port)
    named = {"host": "x", "transfer-encoding": "chunked", **rig.bearer(), **NDJSON}
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    line = body(chunk(0))
    writer.write(f"POST /chunks HTTP/1.1\r\n{head}\r\n".encode() + b"%x\r\n%b\r\n" % (len(line), line))
    async with asyncio.timeout(PATIENCE):
        answer = await reader.read()
    assert b'"status":408' in answer
    assert b'"resume_from":2' in answer
    writer.close()


async def test_what_a_client_says_of_itself_is_not_believed(rig: Rig) -> None:
    """An admission that a client writes is removed; so nobody uploads in another's name, or without a token."""
    name, value = Admission.of(request(sub="mallory", tier="enterprise")).header()
    assert name == HEADER
    await _whole(rig, 1, http2=False, **{name: value})
    (record,) = await rig.processor.records("t")
    assert record.header("user-id") != "mallory"
    async with httpx.AsyncClient(timeout=PATIENCE) as client:
        forged = {**NDJSON, name: value, "x-gateway-verified": "1"}
        answer = await client.post(f"{rig.base}/chunks", content=body(chunk(0)), headers=forged)
    assert answer.status_code == 401
    assert len(await rig.processor.records("t")) == 1


async def test_a_single_record_and_an_array_go_their_own_way(rig: Rig) -> None:
    """Below the cap, by their media type."""
    async with httpx.AsyncClient(base_url=rig.base, headers=rig.bearer(), timeout=PATIENCE) as client:
        single = await client.post("/chunks", content=chunk(0), headers={"content-type": "application/json"})
        many = await client.post("/chunks", content=b"[%b,{}]" % chunk(0), headers={"content-type": "application/json"})
        large = await client.post("/chunks", json=[{"text": "x" * CAP}])
        other = await client.post("/chunks", content=b"{}", headers={"content-type": "text/plain"})
    assert (single.status_code, many.status_code, large.status_code, other.status_code) == (202, 207, 413, 415)
    assert [each["status"] for each in many.json()] == [202, 400]
