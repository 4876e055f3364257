"""A transport carries Envoy's messages, and no more: one suite for every transport, driven by grpcio's own client."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest

from ext_proc.stream import Stream
from ext_proc.transport.grpcio import GrpcServer
from ext_proc.transport.health import Health
from ext_proc.transport.methods import CHECK, PROCESS
from tests.fixtures.processor import JSON, Processor, body_message, headers_message, outcome

Channel = Any  # the stubs ask for a type of message that raw bytes do not have


@asynccontextmanager
async def serving(
    processor: Processor, folder: Path, *, max_streams: int = 100, drain: float = 1.0
) -> AsyncIterator[tuple[Channel, GrpcServer, Health]]:
    """A server on a unix socket and a client of it."""
    health = Health()
    server = GrpcServer(
        open_stream=lambda: Stream(router=processor.router, metrics=processor.metrics, clock=processor.services.clock),
        max_streams=max_streams,
        health=health,
        count=processor.metrics.streams.set,
    )
    socket = str(folder / "p.sock")
    async with grpc.aio.insecure_channel(f"unix:{socket}") as channel, server.serving(socket=socket, drain=drain):
        yield channel, server, health


def open_streams(processor: Processor) -> float:
    """How many streams the server holds, as its metric says."""
    return processor.registry.collectors.get_sample_value("gateway_processor_streams") or 0.0


async def until(holds: Callable[[], bool]) -> None:
    """Returns once a condition holds that has no event of its own."""
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110  # as said
            await asyncio.sleep(0.005)


async def ask(channel: Channel, *messages: bytes) -> list[bytes]:
    """Sends messages, as Envoy does without waiting between them, and returns every answer."""
    call = channel.stream_stream(PROCESS)()
    for message in messages:
        await call.write(message)
    answers: list[bytes] = []
    while (answer := await call.read()) is not grpc.aio.EOF:
        answers.append(answer)
    return answers


async def test_a_post_has_one_answer(processor: Processor, tmp_path: Path) -> None:
    """Headers and body go in; the receipt comes out, and the stream ends."""
    async with serving(processor, tmp_path) as (channel, _, _):
        message = headers_message("POST", "/queries", headers=JSON)
        answers = await ask(channel, message, body_message(b'{"question":"a"}'))
    assert len(answers) == 1
    final = outcome(answers)
    assert final is not None
    assert final.status == 202


async def test_a_hundred_at_once(processor: Processor, tmp_path: Path) -> None:
    """Streams do not wait for one another."""
    async with serving(processor, tmp_path) as (channel, _, _):
        message = headers_message("GET", "/results/q1")
        answers = await asyncio.gather(*(ask(channel, message) for _ in range(100)))
        assert all(outcome(answer) is not None for answer in answers)


async def test_a_malformed_message_ends_the_stream_with_an_error(processor: Processor, tmp_path: Path) -> None:
    """Never with OK, which Envoy would take for leave to go on."""
    async with serving(processor, tmp_path) as (channel, _, _):
        call = channel.stream_stream(PROCESS)()
        await call.write(b"\xff\xff\xff")
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await call.read()
        assert raised.value.code() == grpc.StatusCode.INVALID_ARGUMENT


async def test_a_client_that_leaves_is_no_error(processor: Processor, tmp_path: Path) -> None:
    """Envoy ends a stream when its own client has gone away; the next stream works as before."""
    async with serving(processor, tmp_path) as (channel, _, _):
        call = channel.stream_stream(PROCESS)()
        await call.write(headers_message("POST", "/queries", headers=JSON))
        await call.done_writing()
        assert await call.read() is grpc.aio.EOF
        assert len(await ask(channel, headers_message("GET", "/results/q1"))) == 1


async def test_past_the_bound_streams_are_refused(processor: Processor, tmp_path: Path) -> None:
    """A full processor answers 503 at once, and works again when there is room."""
    async with serving(processor, tmp_path, max_streams=1) as (channel, _, _):
        waiting = channel.stream_stream(PROCESS)()
        await waiting.write(headers_message("POST", "/queries", headers=JSON))
        await until(lambda: open_streams(processor) == 1)
        refused = outcome(await ask(channel, headers_message("GET", "/results/q1")))
        assert refused is not None
        assert refused.status == 503
        await waiting.write(body_message(b'{"question":"a"}'))
        await waiting.read()
        assert await waiting.read() is grpc.aio.EOF
        passed = outcome(await ask(channel, headers_message("GET", "/results/q1")))
        assert passed is not None
        assert passed.status is None


async def test_health_says_when_it_leaves(processor: Processor, tmp_path: Path) -> None:
    """SERVING until the drain begins, then NOT_SERVING; an unknown method is UNIMPLEMENTED."""
    async with serving(processor, tmp_path) as (channel, _, health):
        check = channel.unary_unary(CHECK)
        assert await check(b"") == b"\x08\x01"
        health.leave()
        assert await check(b"") == b"\x08\x02"
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await channel.unary_unary("/grpc.health.v1.Health/Nothing")(b"")
        assert raised.value.code() == grpc.StatusCode.UNIMPLEMENTED


async def test_a_drain_lets_an_open_stream_finish(processor: Processor, tmp_path: Path) -> None:
    """A request in work when the server stops is answered."""
    # The client outlives the server here: else it might hang up before it has read what the server's last act was.
    async with grpc.aio.insecure_channel(f"unix:{tmp_path / 'p.sock'}") as channel:
        async with serving(processor, tmp_path, drain=10.0):
            call: Any = channel.stream_stream(PROCESS)()
            await call.write(headers_message("POST", "/queries", headers=JSON))
            await until(lambda: open_streams(processor) == 1)
            server_left = asyncio.create_task(_finish(call))
        final = outcome([await server_left])
    assert final is not None
    assert final.status == 202


async def _finish(call: Any) -> bytes:
    await call.write(body_message(b'{"question":"a"}'))
    reply: bytes = await call.read()
    return reply


async def test_a_socket_left_behind_is_replaced(processor: Processor, tmp_path: Path) -> None:
    """A predecessor that was killed leaves its socket file; the next one takes its place."""
    (tmp_path / "p.sock").touch()
    async with serving(processor, tmp_path) as (channel, _, _):
        assert len(await ask(channel, headers_message("GET", "/results/q1"))) == 1
