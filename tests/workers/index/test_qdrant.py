"""The Qdrant server's adapter where the server does not do as it should: a plain HTTP server plays it."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from runtime.settings.models import IndexSettings
from workers.errors import Transient
from workers.index.qdrant import _collection_of, open_qdrant


@asynccontextmanager
async def serving(handler: object) -> AsyncIterator[IndexSettings]:
    """Settings for a server that answers everything by `handler`."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)  # type: ignore[arg-type]
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        yield IndexSettings(provider="qdrant", url=f"http://{host}:{port}")
    finally:
        await runner.cleanup()


def unused_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def done(result: object) -> web.Response:
    """An answer of Qdrant's REST API."""
    return web.json_response({"result": result, "status": "ok", "time": 0.0})


async def test_no_server() -> None:
    """A server that does not answer is a matter of time."""
    settings = IndexSettings(provider="qdrant", url=f"http://127.0.0.1:{unused_port()}")
    with pytest.raises(Transient, match="index-unavailable"):
        async with open_qdrant(settings, model="m", dimensions=3):
            pass


@pytest.mark.parametrize("status", [401, 404, 500, 503])
async def test_refusals_are_transient(status: int) -> None:
    """Whatever the server refuses, the record may succeed later."""

    async def refuse(_request: web.Request) -> web.Response:
        return web.json_response({"status": {"error": "no"}}, status=status)

    async with serving(refuse) as settings:
        with pytest.raises(Transient, match="index-unavailable"):
            async with open_qdrant(settings, model="m", dimensions=3):
                pass


async def test_too_many_requests() -> None:
    """A limit says when to come back."""

    async def limit(_request: web.Request) -> web.Response:
        return web.json_response({"status": {"error": "busy"}}, status=429, headers={"Retry-After": "7"})

    async with serving(limit) as settings:
        with pytest.raises(Transient) as caught:
            async with open_qdrant(settings, model="m", dimensions=3):
                pass
    assert caught.value.retry_after == 7.0


@pytest.mark.parametrize(("status", "opened"), [(200, True), (409, True), (500, False)])
async def test_collection_made_meanwhile(status: int, opened: bool) -> None:  # noqa: FBT001 - a parameter of a test
    """Another replica may make the collection first; one that exists is left alone; any other failure counts."""

    async def first(request: web.Request) -> web.Response:
        if request.path.endswith("/exists"):
            return done({"exists": status == 200})
        if request.path.endswith("/index"):
            return done({"operation_id": 1, "status": "acknowledged"})
        return web.json_response({"status": {"error": "no"}}, status=status)

    succeeded = False
    async with serving(first) as settings:
        try:
            async with open_qdrant(settings, model="m", dimensions=3):
                succeeded = True
        except Transient:
            succeeded = False
    assert opened == succeeded


def test_collection_is_named_after_the_model() -> None:
    """Each model has a collection of its own, under a name that a URL carries."""
    assert _collection_of("chunks", "all-MiniLM-L6-v2", 384) == "chunks-all-minilm-l6-v2-384"
    assert _collection_of("chunks", "org/Model", 3) == "chunks-org-model-3"
