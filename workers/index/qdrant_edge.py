"""The index in this process: Qdrant Edge in a folder."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar, cast

from qdrant_edge import (
    CountRequest,
    Distance,
    EdgeConfig,
    EdgeShard,
    EdgeSparseVectorParams,
    EdgeVectorParams,
    FieldCondition,
    Filter,
    Fusion,
    MatchAny,
    PayloadSchemaType,
    Point,
    Prefetch,
    Query,
    QueryRequest,
    Record,
    ScrollRequest,
    SparseVector,
    UpdateOperation,
)

from runtime.settings.models import IndexSettings
from workers.errors import Transient
from workers.index.bm25 import Bm25Encoder, Sparse
from workers.index.home import Home, Marker, locked, unusable
from workers.index.points import DENSE, RRF_K, SPARE, SPARSE, best, passage_of, payload_of, point_id
from workers.index.rarity import Rarity
from workers.ports import Entry, Hit, Vector

# A call that writes holds the interpreter's lock for part of its time: about 20 ms for so many.
_AT_ONCE = 256

# Exact search over what is not in the graph yet takes about 0.2 ms for a thousand passages.
_OPTIMIZE_AFTER = 10_000
_OPTIMIZE_SECONDS = 900.0

_THREADS = 4

_LABEL = "visibility"

# Counting the words of what is held takes about 2.5 s for 100 000 passages, at the start.
_COUNTED_AT_ONCE = 1000

T = TypeVar("T")


class EdgeIndex:
    """A `Store`. Made by `open_edge`."""

    def __init__(
        self, *, shard: EdgeShard, home: Home, threads: ThreadPoolExecutor, candidates: int, rarity: Rarity
    ) -> None:
        self._shard = shard
        self._home = home
        self._threads = threads
        self._candidates = candidates
        self._bm25 = Bm25Encoder()
        self._rarity = rarity
        self._writing = asyncio.Lock()

    async def upsert(self, entries: Sequence[Entry]) -> None:
        """As `Index.upsert`."""
        for start in range(0, len(entries), _AT_ONCE):
            await self._write(self._upsert, entries[start : start + _AT_ONCE])

    async def delete(self, keys: Collection[str]) -> None:
        """As `Index.delete`."""
        if keys:
            await self._write(self._delete, keys)

    async def search(self, *, vector: Vector, text: str, visible: Collection[str], limit: int) -> Sequence[Hit]:
        """As `Index.search`."""
        if not visible:
            return []
        request = self._request(vector=vector, text=text, visible=visible, limit=limit)
        points = await self._run(self._shard.query, request)
        hits = (Hit(passage=passage_of(point.payload or {}), score=point.score) for point in points)
        return best(hits, limit)

    async def hashes(self, keys: Collection[str]) -> dict[str, str]:
        """As `Index.hashes`."""
        points = await self._run(self._shard.retrieve, [point_id(key) for key in keys], ["key", "content_hash"], False)
        payloads = [point.payload or {} for point in points]
        return {payload["key"]: payload["content_hash"] for payload in payloads}

    async def count(self) -> int:
        """As `Index.count`."""
        return await self._run(self._shard.count, CountRequest(exact=True))

    async def flush(self) -> None:
        """As `Index.flush`."""
        await self._write(self._shard.flush)

    async def load_positions(self) -> Mapping[str, int]:
        """As `Store.load_positions`."""
        return await self._run(self._home.load_positions)

    async def save_positions(self, positions: Mapping[str, int]) -> None:
        """As `Store.save_positions`."""
        await self.flush()
        await self._run(self._home.save_positions, positions)

    async def _write(self, call: Callable[..., T], *args: object) -> T:
        async with self._writing:  # writes keep their order
            return await self._run(call, *args)

    async def _run(self, call: Callable[..., T], *args: object) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, call, *args)
        except Exception as error:  # the library raises nothing more particular
            raise Transient("index-unavailable", str(error)) from error

    def _upsert(self, entries: Sequence[Entry]) -> None:
        latest = {entry.passage.key: entry for entry in entries}  # of the same key twice, the last one is held
        words = {key: self._bm25.document(entry.passage.text) for key, entry in latest.items()}
        gone = self._held(latest)
        self._shard.update(UpdateOperation.upsert_points([_point(entry, words[key]) for key, entry in latest.items()]))
        self._forget(gone)
        for key, entry in latest.items():
            self._rarity.add(entry.passage.visibility, words[key].indices)

    def _delete(self, keys: Collection[str]) -> None:
        gone = self._held(keys)
        self._shard.update(UpdateOperation.delete_points([point_id(key) for key in keys]))
        self._forget(gone)

    def _held(self, keys: Collection[str]) -> Sequence[Record]:
        return self._shard.retrieve([point_id(key) for key in keys], [_LABEL], [SPARSE])

    def _forget(self, points: Sequence[Record]) -> None:
        for point in points:
            self._rarity.remove(*_counted(point))

    def _request(self, *, vector: Vector, text: str, visible: Collection[str], limit: int) -> QueryRequest:
        depth = max(limit + SPARE, self._candidates)
        seen = Filter(must=[FieldCondition(_LABEL, match=MatchAny(sorted(visible)))])
        words = self._rarity.weighed(self._bm25.query(text), visible=visible)
        legs = [Prefetch(limit=depth, query=Query.Nearest(list(vector), using=DENSE), filter=seen)]
        if words.indices:
            sparse = Query.Nearest(SparseVector(list(words.indices), list(words.values)), using=SPARSE)
            legs.append(Prefetch(limit=depth, query=sparse, filter=seen))
        fused = cast("Fusion", Fusion.Rrf(k=RRF_K))  # which it is, whatever the stubs say
        return QueryRequest(limit=limit + SPARE, query=fused, prefetches=legs, with_payload=True)


@asynccontextmanager
async def open_edge(settings: IndexSettings, *, model: str, dimensions: int) -> AsyncIterator[EdgeIndex]:
    """Opens the folder, and begins it anew where it is empty, incomplete or of another model.

    Raises:
        ConfigError: Another process uses the folder, or Qdrant Edge cannot read it.
    """
    with locked(settings.path) as home, ThreadPoolExecutor(_THREADS, thread_name_prefix="index") as threads:
        shard = await _open_shard(home, Marker(model=model, dimensions=dimensions), path=settings.path)
        try:
            rarity = await asyncio.get_running_loop().run_in_executor(threads, _rarity, shard)
            yield EdgeIndex(shard=shard, home=home, threads=threads, candidates=settings.candidates, rarity=rarity)
        finally:
            shard.close()


async def _open_shard(home: Home, wanted: Marker, *, path: str) -> EdgeShard:
    marker = home.marker()
    if not marker or not marker.fits(wanted):
        return _create(home, wanted)
    try:
        shard = EdgeShard.load(str(home.shard))
        count = shard.count(CountRequest(exact=True))
        if count - marker.optimized < _OPTIMIZE_AFTER:
            return shard
        shard.close()
        await _optimize_apart(home, count)
        return EdgeShard.load(str(home.shard))
    except Exception as error:  # the library raises nothing more particular
        raise unusable(path, f"cannot be read and may be deleted, to be filled anew: {error}") from error


def _rarity(shard: EdgeShard) -> Rarity:
    rarity, offset = Rarity(), None
    while True:
        request = ScrollRequest(offset=offset, limit=_COUNTED_AT_ONCE, with_payload=[_LABEL], with_vector=[SPARSE])
        points, offset = shard.scroll(request)
        for point in points:
            rarity.add(*_counted(point))
        if offset is None:
            return rarity


def _counted(point: Record) -> tuple[str, Sequence[int]]:
    vectors = cast("dict[str, SparseVector]", point.vector or {})
    return (point.payload or {})[_LABEL], vectors[SPARSE].indices if SPARSE in vectors else ()


def _point(entry: Entry, words: Sparse) -> Point:
    sparse = SparseVector(list(words.indices), list(words.values))
    return Point(point_id(entry.passage.key), {DENSE: list(entry.vector), SPARSE: sparse}, payload_of(entry))


def _create(home: Home, marker: Marker) -> EdgeShard:
    home.clear()
    vectors = {DENSE: EdgeVectorParams(size=marker.dimensions, distance=Distance.Cosine)}
    sparse = {SPARSE: EdgeSparseVectorParams()}
    shard = EdgeShard.create(str(home.shard), EdgeConfig(vectors=vectors, sparse_vectors=sparse))
    shard.update(UpdateOperation.create_field_index(_LABEL, PayloadSchemaType.Keyword))
    shard.flush()
    home.mark(marker)
    return shard


async def _optimize_apart(home: Home, count: int, *, seconds: float = _OPTIMIZE_SECONDS) -> None:
    # Building the graph holds the interpreter's lock for seconds (7 s for 20 000 passages), and lets no search in:
    # so it is done before the index is used, and by another process, while this one still answers and can be stopped.
    child = await asyncio.create_subprocess_exec(sys.executable, "-m", "workers.index.optimize", str(home.shard))
    try:
        async with asyncio.timeout(seconds):
            if await child.wait() == 0:
                home.mark_optimized(count)
    except TimeoutError:
        pass  # without it, search is exact and slower
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


def optimize(path: Path) -> None:
    """Builds the graph of a shard that nobody has open."""
    shard = EdgeShard.load(str(path))
    shard.optimize()
    shard.flush()
    shard.close()
