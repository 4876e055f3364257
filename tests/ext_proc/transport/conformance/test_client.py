"""What grpcio's own client, as well-behaved as Envoy's, gets from a transport."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest

from ext_proc.transport.methods import CHECK, PROCESS
from tests.ext_proc.transport.conformance.promises import Promises
from tests.ext_proc.transport.served import Served, serving
from tests.fixtures.processor import outcome
from tests.fixtures.tracing import SAMPLED

Channel = Any  # the stubs ask for a type of message that raw bytes do not have

BIG = 3_000_000


@asynccontextmanager
async def client(served: Served, *options: tuple[str, Any]) -> AsyncIterator[Channel]:
    """A channel with a connection of its own."""
    given = [("grpc.use_local_subchannel_pool", 1), ("grpc.max_receive_message_length", -1), *options]
    async with grpc.aio.insecure_channel(f"unix:{served.socket}", options=given) as channel:
        yield channel


async def ask(channel: Channel, *messages: bytes) -> list[bytes]:
    """Sends messages, as Envoy does without waiting between them, and returns every answer."""
    call = channel.stream_stream(PROCESS)()
    for message in messages:
        await call.write(message)
    return await answers(call)


async def answers(call: Any) -> list[bytes]:
    """Every answer that is still to come."""
    found: list[bytes] = []
    while (answer := await call.read()) is not grpc.aio.EOF:
        found.append(answer)
    return found


async def failure(call: Any) -> grpc.aio.AioRpcError:
    """How a call fails."""
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await answers(call)
    return raised.value


async def test_messages_are_answered_in_order(served: Served) -> None:
    """Several messages one after the other, each with its answer; the last one ends the stream."""
    async with client(served) as channel:
        assert [b"a", b"b", b"c"] == await ask(channel, b"say a", b"hear", b"say b", b"end c")


async def test_a_message_is_answered_before_the_next_is_sent(served: Served) -> None:
    """Nothing waits for the client's half to be closed."""
    async with client(served) as channel:
        call = channel.stream_stream(PROCESS)()
        for word in (b"a", b"b"):
            await call.write(b"say " + word)
            assert word == await call.read()
        await call.write(b"end c")
        assert [b"c"] == await answers(call)


@pytest.mark.parametrize(
    "options", [(), (("grpc.http2.max_frame_size", 16_384),), (("grpc.http2.lookahead_bytes", 1),)]
)
async def test_big_messages_take_many_frames(served: Served, options: tuple[tuple[str, Any], ...]) -> None:
    """Messages far beyond a frame and a window arrive whole, both ways."""
    async with client(served, *options) as channel:
        assert [b"x" * BIG] == await ask(channel, b"end " + b"x" * BIG)


async def test_many_answers_of_one_message(served: Served) -> None:
    """Answers that together pass every window arrive, in order."""
    async with client(served) as channel:
        found = await ask(channel, b"many 300 5000")
        assert [b"%d" % (n % 10) * 5000 for n in range(300)] == found


async def test_an_empty_answer_is_one(served: Served) -> None:
    """A message may have no bytes."""
    async with client(served) as channel:
        assert [b"", b""] == await ask(channel, b"say ", b"end ")


async def test_many_streams_at_once_on_one_connection(served: Served) -> None:
    """Streams do not wait for one another, and each hears its own answer."""
    async with client(served) as channel:
        found = await asyncio.gather(*(ask(channel, b"hear", b"end %d" % n) for n in range(500)))
        assert [[b"%d" % n] for n in range(500)] == found


async def test_one_that_waits_holds_nobody_up(served: Served) -> None:
    """While a plugin waits in one stream, others of the same connection are answered."""
    async with client(served) as channel:
        waiting = asyncio.create_task(ask(channel, b"hold own"))
        await served.until(lambda it: b"own" in it.script.held)
        assert [b"a"] == await ask(channel, b"end a")
        served.script.gates[b"own"].set()
        assert [b"own"] == await waiting


async def test_a_cancelled_call_ends_its_stream(served: Served) -> None:
    """What a plugin waits for is cancelled, and its place is free again."""
    async with client(served) as channel:
        call = channel.stream_stream(PROCESS)()
        await call.write(b"hold cancelled")
        await served.until(lambda it: b"cancelled" in it.script.held)
        call.cancel()
        await served.until(lambda it: b"cancelled" in it.script.cut and it.open == 0)
        assert [b"a"] == await ask(channel, b"end a")


async def test_a_deadline_ends_its_stream(served: Served) -> None:
    """A client that gives up has its stream ended here too."""
    async with client(served) as channel:
        call = channel.stream_stream(PROCESS)(timeout=0.2)
        await call.write(b"hold late")
        assert grpc.StatusCode.DEADLINE_EXCEEDED == (await failure(call)).code()
        await served.until(lambda it: b"late" in it.script.cut and it.open == 0)


async def test_a_connection_that_breaks_ends_its_streams(served: Served) -> None:
    """Whatever waits on it is cancelled."""
    async with client(served) as channel:
        for name in (b"one", b"two"):
            await channel.stream_stream(PROCESS)().write(b"hold " + name)
        await served.until(lambda it: {b"one", b"two"} <= it.script.held)
    await served.until(lambda it: {b"one", b"two"} <= set(it.script.cut) and it.open == 0)


async def test_a_client_that_closes_its_half_is_no_error(served: Served) -> None:
    """Envoy ends a stream when its own client has gone away; the call ends with OK and without an answer."""
    async with client(served) as channel:
        call = channel.stream_stream(PROCESS)()
        await call.write(b"hear")
        await call.done_writing()
        assert [] == await answers(call)
        assert grpc.StatusCode.OK == await call.code()


async def test_a_malformed_message_ends_the_stream_with_an_error(served: Served) -> None:
    """Never with OK, which Envoy would take for leave to go on; the connection goes on."""
    async with client(served) as channel:
        call = channel.stream_stream(PROCESS)()
        await call.write(b"\xff\xff\xff")
        error = await failure(call)
        assert grpc.StatusCode.INVALID_ARGUMENT == error.code()
        assert "a message that says nothing" == error.details()
        assert [b"a"] == await ask(channel, b"end a")


async def test_an_error_of_ours_ends_the_stream_with_an_error(served: Served) -> None:
    """A bug in a plugin costs its own stream, which never ends with OK."""
    async with client(served) as channel:
        call = channel.stream_stream(PROCESS)()
        await call.write(b"crash")
        assert (await failure(call)).code() in {grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL}
        assert [b"a"] == await ask(channel, b"end a")
    await served.until(lambda it: it.open == 0)


async def test_a_compressed_message_is_never_misread(served: Served, promises: Promises) -> None:
    """It is inflated, or refused: no compression was offered."""
    async with client(served, ("grpc.default_compression_algorithm", grpc.Compression.Gzip)) as channel:
        call = channel.stream_stream(PROCESS)()
        await call.write(b"end " + b"x" * 10_000)
        if promises.inflates:
            assert [b"x" * 10_000] == await answers(call)
        else:
            assert grpc.StatusCode.UNIMPLEMENTED == (await failure(call)).code()


async def test_unknown_methods_and_services_are_unimplemented(served: Served) -> None:
    """Whatever is not served is said to be so, on a connection that goes on."""
    async with client(served) as channel:
        for method in ("/grpc.health.v1.Health/Nothing", "/no.such.Service/Check", f"{PROCESS}2"):
            with pytest.raises(grpc.aio.AioRpcError) as raised:
                await channel.unary_unary(method)(b"")
            assert grpc.StatusCode.UNIMPLEMENTED == raised.value.code()
        assert [b"a"] == await ask(channel, b"end a")


async def test_past_the_bound_streams_are_refused(transport: str, tmp_path: Path) -> None:
    """A full processor answers 503 at once, and works again when there is room."""
    async with serving(transport, tmp_path, max_streams=1) as served, client(served) as channel:
        waiting = asyncio.create_task(ask(channel, b"hold full"))
        await served.until(lambda it: b"full" in it.script.held and it.open == 1)
        refused = outcome(await ask(channel, b"end a"))
        assert refused is not None
        assert (503, "1") == (refused.status, refused.headers["retry-after"])
        served.script.gates[b"full"].set()
        assert [b"full"] == await waiting
        assert [b"a"] == await ask(channel, b"end a")


async def test_health_says_when_it_leaves(transport: str, tmp_path: Path) -> None:
    """SERVING until the drain begins, then NOT_SERVING."""
    async with serving(transport, tmp_path) as served, client(served) as channel:
        check = channel.unary_unary(CHECK)
        assert b"\x08\x01" == await check(b"")
        served.health.leave()
        assert b"\x08\x02" == await check(b"")


async def test_a_socket_left_behind_is_replaced(transport: str, tmp_path: Path) -> None:
    """A predecessor that was killed leaves its socket file; the next one takes its place."""
    (tmp_path / "p.sock").touch()
    async with serving(transport, tmp_path) as served, client(served) as channel:
        assert [b"a"] == await ask(channel, b"end a")


async def test_a_folder_that_is_missing_is_made_private(transport: str, tmp_path: Path) -> None:
    """Whoever may connect may be an Envoy."""
    folder = tmp_path / "run"
    async with serving(transport, folder) as served, client(served) as channel:
        assert [b"a"] == await ask(channel, b"end a")
        assert 0o700 == folder.stat().st_mode & 0o777


async def test_a_stream_knows_which_span_has_called(served: Served) -> None:
    """Where the client traces it says so in its metadata; where it does not, or says nonsense, nobody has called."""
    async with client(served) as channel:
        for metadata, expected in (
            ((("traceparent", SAMPLED), ("tracestate", "a=b")), f"{SAMPLED} a=b"),
            ((("traceparent", "nonsense"),), "nobody"),
            ((), "nobody"),
        ):
            call = channel.stream_stream(PROCESS)(metadata=metadata)
            await call.write(b"whose")
            assert [expected.encode()] == await answers(call)
