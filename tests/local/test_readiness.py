"""Whether a process can do its work."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import pytest

from local.kafka.ports import free_port
from local.readiness import at_once, by_http, by_port
from runtime.management import Management
from runtime.metrics import Registry


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[int]:
    """A server that says one thing to everybody."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_a_process_of_ours_names_what_it_waits_for() -> None:
    """The management port's own answer is understood, before and after."""
    state = {"topics": False, "index": False, "model": True}
    checks = {name: partial(state.__getitem__, name) for name in state}
    async with Management(registry=Registry(), checks=checks).serving(address="127.0.0.1", port=0) as management:
        ready = by_http(management.port)
        assert await ready() == "waiting for index, topics"
        state.update(topics=True, index=True)
        assert await ready() == ""


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\nLIVE\n", ""),
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\nPRE_INITIALIZING\n", "it answers 503"),
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\n[]", "it answers 503"),
        (b"", "it answers nothing"),
        (b"x" * 200_000, "it answers xxx"),
    ],
)
async def test_any_other_answer_is_told_in_short(answer: bytes, expected: str) -> None:
    """Envoy's admin interface says it in text; only the status counts there."""
    async with answering(answer) as port:
        assert await by_http(port, "/ready")() == expected


@pytest.mark.parametrize("ready", [by_http, by_port])
async def test_where_nothing_listens_it_is_not_ready(ready: Callable[[int], Callable[[], Awaitable[str]]]) -> None:
    """A refused connection is a state, not an error."""
    assert await ready(free_port())() == "it does not answer yet"


async def test_silence_is_not_readiness() -> None:
    """A frozen process accepts connections and says nothing."""

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(hold, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert await by_http(port, timeout=0.1)() == "it does not answer yet"
        assert await by_port(port)() == ""
        assert await at_once() == ""
