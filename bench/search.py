"""`python -m bench.search`: a process that fills an index with random vectors, and searches it as a retriever does."""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.helper import hear, say
from runtime.settings.models import IndexSettings
from workers.index.factory import open_index
from workers.ports import Entry, Index, Passage

DIMENSIONS = 384  # of the local model
BATCH = 1000
WARM = 50
LIMIT = 5
VISIBLE = ("public", "internal", "confidential")

_WORDS = [
    "lock",
    "weir",
    "boat",
    "barge",
    "canal",
    "keeper",
    "gate",
    "paddle",
    "pound",
    "summit",
    "towpath",
    "winding",
    "flood",
    "reed",
    "lantern",
    "ferry",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchJob:
    """What is filled and how often it is searched."""

    chunks: int
    searches: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What it came to.

    Attributes:
        milliseconds: Of each search of the top five, one after the other.
        cpu: CPU microseconds of a search.
        filled: Chunks a second, put in.
        opened: Seconds that opening it again took, with building its graph.
    """

    chunks: int
    milliseconds: Sequence[float]
    cpu: float
    filled: float
    opened: float


async def search(job: SearchJob) -> Search:
    """Fills an index that is gone afterwards, opens it again, as a retriever does that starts, and searches it."""
    draw = np.random.default_rng(7)  # the same vectors in every run
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as path:
        settings = IndexSettings(provider="qdrant-edge", path=f"{path}/index")
        async with open_index(settings, model="bench", dimensions=DIMENSIONS) as index:
            start = time.perf_counter()
            for first in range(0, job.chunks, BATCH):
                await index.upsert(_entries(first, min(BATCH, job.chunks - first), draw))
            await index.flush()
            filled = job.chunks / (time.perf_counter() - start)
        start = time.perf_counter()
        async with open_index(settings, model="bench", dimensions=DIMENSIONS) as index:
            opened = time.perf_counter() - start
            await _timed(index, WARM, draw)
            cpu, found = time.process_time(), await _timed(index, job.searches, draw)
            cpu = 1e6 * (time.process_time() - cpu) / job.searches
    return Search(chunks=job.chunks, milliseconds=found, cpu=cpu, filled=filled, opened=opened)


async def _timed(index: Index, count: int, draw: np.random.Generator) -> list[float]:
    found = []
    for vector in _vectors(count, draw):
        text = " ".join(draw.choice(_WORDS, 4, replace=False))
        start = time.perf_counter()
        await index.search(vector=vector, text=text, visible=VISIBLE, limit=LIMIT)
        found.append(round((time.perf_counter() - start) * 1000, 3))
    return found


def _entries(first: int, count: int, draw: np.random.Generator) -> list[Entry]:
    vectors, words = _vectors(count, draw), draw.choice(_WORDS, (count, 40))
    return [
        _entry(first + n, vector=vector, text=" ".join(line))
        for n, (vector, line) in enumerate(zip(vectors, words, strict=True))
    ]


def _entry(number: int, *, vector: list[float], text: str) -> Entry:
    passage = Passage(doc_id=f"bench-{number // 20}", chunk_index=number % 20, text=text, visibility="internal")
    return Entry(passage=passage, vector=vector, content_hash=str(number))


def _vectors(count: int, draw: np.random.Generator) -> list[list[float]]:
    """Of unit length; in so many dimensions random numbers point anywhere, which is the hardest for an index."""
    found = draw.standard_normal((count, DIMENSIONS), dtype=np.float32)
    made: list[list[float]] = (found / np.linalg.norm(found, axis=1, keepdims=True)).tolist()
    return made


async def main() -> None:
    """Takes one job and reports its result."""
    job = SearchJob(**await hear())
    say("ready")
    await hear()
    say(await search(job))


if __name__ == "__main__":
    asyncio.run(main())
