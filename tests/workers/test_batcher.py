"""Calls are full, quick, and fair to who is not at fault."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientSession

from demo.standin.behaviour import Behaviour, Fault
from demo.standin.server import serve
from runtime.clock import SystemClock
from runtime.metrics import Registry, WorkerMetrics
from runtime.settings.models import EmbeddingSettings
from tests.fixtures.models import WordsEmbedder
from workers.batcher import Batcher
from workers.errors import ModelRejected, ModelSpent, ModelUnavailable, ModelUnusable
from workers.models.openai import open_openai
from workers.ports import Vector


@asynccontextmanager
async def batcher(embedder: WordsEmbedder, *, linger: float = 0.01, **settings: Any) -> AsyncIterator[Batcher]:
    """A running one."""
    made = Batcher(embedder, settings=EmbeddingSettings(**settings), metrics=WorkerMetrics(Registry()), linger=linger)
    async with made.running() as running:
        yield running


def sizes(embedder: WordsEmbedder) -> list[int]:
    """How many texts each call had."""
    return sorted(len(call) for call in embedder.calls)


async def test_each_gets_its_own_vector() -> None:
    """In whatever call it was made."""
    embedder = WordsEmbedder()
    async with batcher(embedder, batch_texts=4) as running:
        texts = [f"text {number}" for number in range(10)]
        vectors = await asyncio.gather(*map(running.embed, texts))
    assert vectors == list(await WordsEmbedder().embed(texts))
    assert sizes(embedder) == [2, 4, 4]


async def test_calls_are_bounded_by_tokens() -> None:
    """A text that is over the bound by itself goes alone."""
    embedder = WordsEmbedder()
    async with batcher(embedder, batch_tokens=6) as running:
        await asyncio.gather(*map(running.embed, ["one two three", "four five", "six seven", "eight " * 9]))
    assert sizes(embedder) == [1, 1, 2]


async def test_a_text_does_not_wait_longer_than_it_must() -> None:
    """One alone goes when its time is up, or at once where nobody lingers."""
    embedder = WordsEmbedder()
    for linger in (0.0, 0.01):
        async with batcher(embedder, linger=linger) as running, asyncio.timeout(10):
            await running.embed("text")


async def test_a_full_batch_does_not_linger() -> None:
    """There is nothing more to wait for."""
    embedder = WordsEmbedder()
    async with batcher(embedder, linger=60.0, batch_texts=2) as running, asyncio.timeout(10):
        await asyncio.gather(*map(running.embed, ["one", "two"]))
        late = asyncio.create_task(running.embed("three"))
        await asyncio.sleep(0.01)
        assert not late.done()
        await running.embed("four")
        await late


async def test_who_is_at_fault_is_alone() -> None:
    """The others of a refused batch get their vectors."""
    embedder = WordsEmbedder()
    async with batcher(embedder, batch_texts=8, concurrency=1) as running:
        texts = [f"text {number}" if number != 5 else "POISON" for number in range(8)]
        found = await asyncio.gather(*map(running.embed, texts), return_exceptions=True)
    assert [isinstance(one, ModelRejected) for one in found] == [number == 5 for number in range(8)]


async def test_a_failed_call_fails_for_all_in_it_and_no_one_else() -> None:
    """Each of them is tried again by who asked."""
    embedder = WordsEmbedder()
    embedder.failures = [ModelUnavailable(provider="words", status=503, detail="away")]
    async with batcher(embedder) as running:
        found = await asyncio.gather(*map(running.embed, ["one", "two"]), return_exceptions=True)
        assert [type(one) for one in found] == [ModelUnavailable, ModelUnavailable]
        assert len(await running.embed("one")) == 384


async def test_who_no_longer_waits_is_left_out() -> None:
    """Before the call, or while it is under way."""
    embedder = WordsEmbedder()
    async with batcher(embedder, linger=0.02, concurrency=1) as running:
        gone = asyncio.create_task(running.embed("gone"))
        kept = asyncio.create_task(running.embed("kept"))
        await asyncio.sleep(0)
        gone.cancel()
        await kept
        assert embedder.texts() == ["kept"]
        assert len(await running.embed("still at work")) == 384


async def test_who_leaves_during_the_call_does_not_disturb_it() -> None:
    """Neither where it succeeds nor where it fails."""
    for failures in ([], [ModelUnavailable(provider="words", status=503, detail="away")]):
        embedder = HeldEmbedder()
        embedder.failures = list(failures)
        async with batcher(embedder) as running:
            leaving = asyncio.create_task(running.embed("leaving"))
            await embedder.called.wait()
            leaving.cancel()
            embedder.go_on.set()
            assert len(await running.embed("still at work")) == 384


class HeldEmbedder(WordsEmbedder):
    """Says when it is called, and waits."""

    def __init__(self) -> None:
        super().__init__()
        self.called = asyncio.Event()
        self.go_on = asyncio.Event()

    async def embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        """As `Embedder.embed`."""
        self.called.set()
        await self.go_on.wait()
        return await super().embed(texts)


@pytest.mark.parametrize("culprits", [(), (0,), (31,), (13,), (0, 31), (3, 4, 17), (5, 6, 7, 8)])
async def test_many_at_fault_are_found_one_by_one_through_a_real_client(culprits: tuple[int, ...]) -> None:
    """They alone are lost, and each costs no more calls than halving takes: 5 for 32 texts, one alone, one for the rest."""
    behaviour = Behaviour(faults=(Fault(endpoint="embeddings", status=400, containing="POISON"),))
    texts = [f"{'POISON' if number in culprits else 'text'} {number}" for number in range(32)]
    async with serve(behaviour=behaviour) as url, ClientSession(url) as session:
        settings = EmbeddingSettings(provider="openai", base_url=f"{url}/v1", dimensions=8, concurrency=1)
        async with open_openai(settings, clock=SystemClock()) as embedder:
            batcher = Batcher(embedder, settings=settings, metrics=WorkerMetrics(Registry()), linger=1.0)
            async with batcher.running():
                found = await asyncio.gather(*map(batcher.embed, texts), return_exceptions=True)
        async with session.get("/control") as response:
            calls = (await response.json())["calls"]
    assert tuple(number for number, one in enumerate(found) if isinstance(one, ModelRejected)) == culprits
    assert calls.get("refused", 0) + calls["started"] <= 1 + 7 * len(culprits)


async def test_a_batch_that_was_too_large_blames_nobody() -> None:
    """Nor the last one that is suspect."""

    class Narrow(WordsEmbedder):
        async def embed(self, texts: Sequence[str]) -> Sequence[Vector]:
            if len(texts) > 3:
                raise ModelRejected(provider="words", status=413, detail="too many")
            return await super().embed(texts)

    async with batcher(Narrow(), batch_texts=16, concurrency=1) as running:
        assert len(await asyncio.gather(*(running.embed(f"text {number}") for number in range(16)))) == 16


@pytest.mark.parametrize(
    "error",
    [
        ModelUnusable(provider="words", status=401, detail="who?"),
        ModelSpent(provider="words", status=429, detail="spent"),
    ],
    ids=lambda error: str(error.reason),
)
async def test_what_is_no_texts_fault_is_no_reason_to_search(error: Exception) -> None:
    """One call, and all hear of it."""
    embedder = WordsEmbedder()
    embedder.failures = [error]
    async with batcher(embedder, batch_texts=8) as running:
        found = await asyncio.gather(*(running.embed(f"text {number}") for number in range(8)), return_exceptions=True)
    assert (found, len(embedder.calls)) == ([error] * 8, 1)


async def test_a_search_ends_where_the_provider_goes_away() -> None:
    """Whoever has a vector keeps it; the others are tried again."""

    class Leaving(WordsEmbedder):
        async def embed(self, texts: Sequence[str]) -> Sequence[Vector]:
            if len(self.calls) == 2:
                raise ModelUnavailable(provider="words", status=503, detail="away")
            return await super().embed(texts)

    async with batcher(Leaving(), batch_texts=8, concurrency=1) as running:
        texts = [f"text {number}" if number != 7 else "POISON" for number in range(8)]
        found = await asyncio.gather(*map(running.embed, texts), return_exceptions=True)
    assert [isinstance(one, ModelUnavailable) for one in found] == [False] * 4 + [True] * 4


async def test_as_many_calls_are_under_way_as_are_allowed_and_no_more() -> None:
    """The server answers none before all are there; what is left then shares the same connections."""
    texts = [f"text {number}" for number in range(64)]
    async with serve(behaviour=Behaviour(together=16)) as url, ClientSession(url) as session:
        settings = EmbeddingSettings(
            provider="openai", base_url=f"{url}/v1", dimensions=8, concurrency=16, batch_texts=2
        )
        async with open_openai(settings, clock=SystemClock()) as embedder:
            batcher = Batcher(embedder, settings=settings, metrics=WorkerMetrics(Registry()), linger=0.0)
            async with batcher.running(), asyncio.timeout(30):
                vectors = await asyncio.gather(*map(batcher.embed, texts))
            assert list(vectors) == [(await embedder.embed([text]))[0] for text in texts]
        async with session.get("/control") as response:
            told = await response.json()
    assert told["most"] == {"embeddings": 16}
    assert told["calls"]["finished"] == 32 + 64
