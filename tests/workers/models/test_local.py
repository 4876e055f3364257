"""The model in this process."""

import asyncio
import math
import os
import sys
from collections.abc import AsyncIterator, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workers.errors import ModelRejected
from workers.models.local import DIMENSIONS, LONGEST, LocalEmbedder, open_local
from workers.ports import Vector


@pytest.fixture(scope="module")
async def embedder() -> AsyncIterator[LocalEmbedder]:
    """The model, loaded once."""
    async with open_local() as opened:
        yield opened


def near(one: Vector, other: Vector) -> float:
    """The cosine of two vectors of unit length."""
    return sum(a * b for a, b in zip(one, other, strict=True))


async def test_meaning(embedder: LocalEmbedder) -> None:
    """Sentences that mean the same are near each other, though they share no word; others are not."""
    cat, kitten, rates = await embedder.embed(
        ["A cat sits on the mat", "The kitten rests upon a rug", "Interest went up in March"]
    )
    assert near(cat, kitten) > 0.5
    assert abs(near(cat, rates)) < 0.2


async def test_known_vector(embedder: LocalEmbedder) -> None:
    """The numbers are those of the published model (sentence-transformers gives the same for this text)."""
    (vector,) = await embedder.embed(["hello world"])
    assert vector[:3] == pytest.approx([-0.03447, 0.03102, 0.00673], abs=1e-4)


async def test_batches_equal_single_texts(embedder: LocalEmbedder) -> None:
    """A text's vector does not depend on what it is embedded with, nor on their order."""
    texts = ["hello", "kafka " * 90, "", "a sentence of some length about offsets and groups", "x " * 600]
    together = await embedder.embed(texts)
    for place, text in enumerate(texts):
        (alone,) = await embedder.embed([text])
        assert together[place] == pytest.approx(alone, abs=1e-4)


async def test_unit_length(embedder: LocalEmbedder) -> None:
    """Every vector has the promised length."""
    for vector in await embedder.embed(["hello", "", "日本語", "x " * 600]):
        assert len(vector) == DIMENSIONS
        assert math.hypot(*vector) == pytest.approx(1.0, abs=1e-5)


async def test_nothing(embedder: LocalEmbedder) -> None:
    """No texts, no vectors."""
    assert list(await embedder.embed([])) == []


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 2), ("hello world", 4), ("word " * 200, 202), ("word " * 600, LONGEST)]
)
async def test_count_tokens(embedder: LocalEmbedder, text: str, tokens: int) -> None:
    """Tokens are counted as the model sees them: past the 128 of the shipped file, and to its own limit."""
    assert embedder.count_tokens(text) == tokens


async def test_end_of_long_text_counts(embedder: LocalEmbedder) -> None:
    """What stands behind the first 128 tokens is seen, as the count says; behind the last one it is not."""
    plain, ended = await embedder.embed(["alpha " * 200, "alpha " * 200 + "quantum banking"])
    assert near(plain, ended) < 0.99
    plain, ended = await embedder.embed(["alpha " * 600, "alpha " * 600 + "quantum banking"])
    assert near(plain, ended) == pytest.approx(1.0, abs=1e-5)


async def test_text_that_cannot_be_taken(embedder: LocalEmbedder) -> None:
    """What the library refuses is rejected, and the next text is taken."""
    nothing: Sequence[str] = [None]  # type: ignore[list-item]
    with pytest.raises(ModelRejected):
        await embedder.embed(nothing)
    assert len(await embedder.embed(["hello"])) == 1


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(), max_size=40))
def test_any_text_is_counted(text: str, counter: LocalEmbedder) -> None:
    """Whatever JSON can carry has a count: halves of surrogate pairs, controls, no text at all."""
    assert 2 <= counter.count_tokens(text) <= LONGEST


@pytest.fixture
def counter(embedder: LocalEmbedder) -> LocalEmbedder:
    """The same model, for tests that are not coroutines."""
    return embedder


async def test_half_a_surrogate_pair(embedder: LocalEmbedder) -> None:
    """A text that is no Unicode is embedded with a replacement character."""
    broken, mended = await embedder.embed(["a \ud83d b", "a \ufffd b"])
    assert broken == pytest.approx(mended)


async def test_the_loop_goes_on(embedder: LocalEmbedder) -> None:
    """While a batch is embedded the loop has its turn between the texts."""
    batch = asyncio.create_task(_embed(embedder, ["word " * 60] * 8))
    turns = 0
    while not batch.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 4


async def _embed(embedder: LocalEmbedder, texts: Sequence[str]) -> Sequence[Vector]:
    return await embedder.embed(texts)


async def test_environment_is_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading leaves no trace in the environment, whatever was set there."""
    monkeypatch.setenv("HF_HOME", "/somewhere")
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    before = dict(os.environ)
    async with open_local():
        assert dict(os.environ) == before


async def test_nobody_is_asked_or_waited_for() -> None:
    """A new process has its first vector long before the retries of one lookup at a hub would be over, and by one thread."""
    script = """
import asyncio
from pathlib import Path
from workers.models.local import open_local

async def main():
    async with open_local() as embedder:
        assert len((await embedder.embed(["hello"]))[0]) == 384
        names = {path.read_text().strip() for path in Path("/proc/self/task").glob("*/comm")}
        assert "openmp_worker" not in names, names

asyncio.run(main())
"""
    environ = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, env=environ)
    assert await asyncio.wait_for(process.wait(), 10) == 0
