"""The aiohttp peer refuses whom Sluice refuses, and streams."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession, web

from bench.peer.caller import Verifier
from bench.peer.sse.app import Service, build
from bench.peer.sse.hub import Hub, Message
from local.tokens import SigningKey

KEY = SigningKey.generate()


class Silent:
    """A feed of a topic to which nobody writes."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """As `Feed`."""
        yield


@pytest.fixture
async def peer() -> AsyncIterator[tuple[str, Hub]]:
    """The address of a running peer, and its hub."""
    hub = Hub()
    app = build(Service(verifier=Verifier(KEY.jwks()), hub=hub), feed=Silent())
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/results/k", hub
    await runner.cleanup()


@pytest.mark.parametrize(
    ("authorization", "status"),
    [("", 401), (f"Bearer {KEY.mint(ttl=-60)}", 401), (f"Bearer {KEY.mint(scopes=['proxy:publish'])}", 403)],
)
async def test_refused(peer: tuple[str, Hub], authorization: str, status: int) -> None:
    """No token, one that has expired, and one that may not read."""
    async with ClientSession() as session, session.get(peer[0], headers={"authorization": authorization}) as answer:
        assert status == answer.status


async def test_a_stream(peer: tuple[str, Hub]) -> None:
    """It begins with a greeting, and then has what is pushed for its owner."""
    url, hub = peer
    headers = {"authorization": f"Bearer {KEY.mint(sub='alice')}"}
    async with ClientSession() as session, session.get(url, headers=headers) as answer:
        assert b"retry: 2000\n\nevent: queued\ndata: {}\n\n" == await answer.content.readexactly(37)
        named = [("user-id", b"alice"), ("ce_type", b"rag.answer.delta.v1")]
        hub.push(Message(partition=0, offset=1, key=b"k", value=b"{}", headers=named))
        assert b"id: 0.1\n" == await answer.content.readline()
        assert b"event: delta\n" == await answer.content.readline()
