"""OpenAI's embeddings adapter, through the real SDK, against the stand-in."""

import math
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from runtime.clock import SystemClock
from runtime.settings.models import EmbeddingSettings
from tests.workers.models.conftest import Tell
from workers.errors import ModelRejected, ModelSpent, ModelUnavailable, ModelUnusable
from workers.models.openai import OpenAIEmbedder, open_openai


def settings(url: str, **changes: Any) -> EmbeddingSettings:
    """Settings of a server there."""
    values: dict[str, Any] = {"provider": "openai", "model": "m", "dimensions": 64, "base_url": f"{url}/v1"}
    return EmbeddingSettings(**values | changes)


@pytest.fixture
async def embedder(url: str) -> AsyncIterator[OpenAIEmbedder]:
    """The adapter."""
    async with open_openai(settings(url, api_key=SecretStr("k")), clock=SystemClock()) as opened:
        yield opened


async def test_vectors(embedder: OpenAIEmbedder) -> None:
    """One vector of unit length a text, in order."""
    one, two = await embedder.embed(["a cat", "a dog"])
    assert [len(one), len(two)] == [64, 64]
    assert [math.hypot(*one), math.hypot(*two)] == [pytest.approx(1.0), pytest.approx(1.0)]
    assert (await embedder.embed(["a dog"]))[0] == pytest.approx(two)
    assert (embedder.model, embedder.dimensions) == ("m", 64)


async def test_nothing(embedder: OpenAIEmbedder, tell: Tell) -> None:
    """No texts, no call."""
    assert await embedder.embed([]) == []
    assert (await tell())["calls"] == {}


async def test_tokens_are_not_underestimated(embedder: OpenAIEmbedder) -> None:
    """The estimate grows with the text, in any script."""
    assert embedder.count_tokens("") == 1
    assert embedder.count_tokens("a cat sits on the mat") >= 7
    assert embedder.count_tokens("猫がマットに座る") >= 8
    assert embedder.count_tokens("\ud83d") > 0


@pytest.mark.parametrize(("status", "wait"), [(408, None), (429, 2.0), (500, None), (503, 3.5)])
async def test_passing_failures(embedder: OpenAIEmbedder, tell: Tell, status: int, wait: float | None) -> None:
    """What may pass is unavailable, with the wait that was asked for; nothing is tried twice here."""
    await tell(faults=[{"endpoint": "embeddings", "status": status, "retry_after": wait, "calls": 2}])
    with pytest.raises(ModelUnavailable) as caught:
        await embedder.embed(["x"])
    assert (caught.value.provider, caught.value.status, caught.value.retry_after) == ("openai", status, wait)
    assert (await tell())["calls"] == {"refused": 1}


@pytest.mark.parametrize("status", [401, 402, 403, 404])
async def test_failures_of_ours(embedder: OpenAIEmbedder, tell: Tell, status: int) -> None:
    """What blames our key or our configuration is no text's fault."""
    await tell(faults=[{"endpoint": "embeddings", "status": status}])
    with pytest.raises(ModelUnusable) as caught:
        await embedder.embed(["x"])
    assert caught.value.status == status


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_lasting_failures(embedder: OpenAIEmbedder, tell: Tell, status: int) -> None:
    """What blames the request is rejected."""
    await tell(faults=[{"endpoint": "embeddings", "status": status}])
    with pytest.raises(ModelRejected) as caught:
        await embedder.embed(["x"])
    assert caught.value.status == status


async def test_spent(embedder: OpenAIEmbedder, tell: Tell) -> None:
    """A quota that is used up is a 429 that waiting does not lift."""
    await tell(faults=[{"endpoint": "embeddings", "status": 429, "error_code": "insufficient_quota"}])
    with pytest.raises(ModelSpent):
        await embedder.embed(["x"])


async def test_broken_connection(embedder: OpenAIEmbedder, tell: Tell) -> None:
    """A connection that breaks is unavailable."""
    await tell(faults=[{"endpoint": "embeddings", "cut_after": 0}])
    with pytest.raises(ModelUnavailable) as caught:
        await embedder.embed(["x"])
    assert caught.value.status is None


async def test_dimensions_of_the_server_count(url: str) -> None:
    """A server that is not asked for a length must have the configured one."""
    async with open_openai(settings(url, ask_dimensions=False), clock=SystemClock()) as embedder:
        with pytest.raises(ModelUnavailable, match="vectors of \\[1536\\] numbers, where the configuration says 64"):
            await embedder.embed(["x"])
    async with open_openai(settings(url, ask_dimensions=False, dimensions=1536), clock=SystemClock()) as embedder:
        assert len((await embedder.embed(["x"]))[0]) == 1536


@pytest.mark.parametrize(
    "answer",
    [
        {"object": "list", "model": "m", "data": [], "usage": {"prompt_tokens": 1, "total_tokens": 1}},
        {"object": "list", "model": "m", "data": [{"index": 0, "object": "embedding", "embedding": [1.0]}] * 2},
        "not json",
    ],
)
async def test_strange_answers(answer: object) -> None:
    """A server that answers 200 with something else is unavailable; the text is not to blame."""

    async def handle(_request: web.Request) -> web.Response:
        return web.json_response(answer) if isinstance(answer, dict) else web.json_response(text="{")

    app = web.Application()
    app.router.add_post("/v1/embeddings", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        async with open_openai(settings(f"http://{host}:{port}"), clock=SystemClock()) as embedder:
            with pytest.raises(ModelUnavailable) as caught:
                await embedder.embed(["x"])
        assert caught.value.status == 200
    finally:
        await runner.cleanup()
