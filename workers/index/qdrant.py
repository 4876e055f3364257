"""The index on a Qdrant server, shared by all that are given its URL."""

import re
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from uuid import UUID

from qdrant_client import AsyncQdrantClient, models
from qdrant_client.common.client_exceptions import QdrantException, ResourceExhaustedResponse
from qdrant_client.http.exceptions import ApiException, UnexpectedResponse

from runtime.settings.models import IndexSettings
from workers.errors import Transient
from workers.index.bm25 import Bm25Encoder
from workers.index.points import DENSE, RRF_K, SPARE, SPARSE, best, passage_of, payload_of, point_id
from workers.ports import Entry, Hit, Vector

_TIMEOUT = 10  # seconds
_AT_ONCE = 256

_POSITIONS = UUID(int=1)  # the one point of the collection of positions


class QdrantIndex:
    """A `Store`. Made by `open_qdrant`."""

    def __init__(self, *, client: AsyncQdrantClient, collection: str, candidates: int) -> None:
        self._client = client
        self._collection = collection
        self._candidates = candidates
        self._bm25 = Bm25Encoder()

    async def upsert(self, entries: Sequence[Entry]) -> None:
        """As `Index.upsert`."""
        for start in range(0, len(entries), _AT_ONCE):
            points = [self._point(entry) for entry in entries[start : start + _AT_ONCE]]
            with _mapped():
                await self._client.upsert(self._collection, points, wait=True)

    async def delete(self, keys: Collection[str]) -> None:
        """As `Index.delete`."""
        if keys:
            selector = models.PointIdsList(points=_ids(keys))
            with _mapped():
                await self._client.delete(self._collection, selector, wait=True)

    async def search(self, *, vector: Vector, text: str, visible: Collection[str], limit: int) -> Sequence[Hit]:
        """As `Index.search`."""
        if not visible:
            return []
        depth = max(limit + SPARE, self._candidates)
        with _mapped():
            answer = await self._client.query_points(
                self._collection,
                prefetch=self._legs(vector=vector, text=text, visible=visible, depth=depth),
                query=models.RrfQuery(rrf=models.Rrf(k=RRF_K)),
                limit=limit + SPARE,
                with_payload=True,
            )
        hits = (Hit(passage=passage_of(point.payload or {}), score=point.score) for point in answer.points)
        return best(hits, limit)

    async def hashes(self, keys: Collection[str]) -> dict[str, str]:
        """As `Index.hashes`."""
        with _mapped():
            points = await self._client.retrieve(self._collection, _ids(keys), with_payload=["key", "content_hash"])
        payloads = [point.payload or {} for point in points]
        return {payload["key"]: payload["content_hash"] for payload in payloads}

    async def count(self) -> int:
        """As `Index.count`."""
        with _mapped():
            return (await self._client.count(self._collection, exact=True)).count

    async def flush(self) -> None:
        """As `Index.flush`; the server has every write in its log before it answers."""

    async def load_positions(self) -> Mapping[str, int]:
        """As `Store.load_positions`."""
        with _mapped():
            points = await self._client.retrieve(_positions_of(self._collection), [_POSITIONS], with_payload=True)
        return dict((points[0].payload or {})["positions"]) if points else {}

    async def save_positions(self, positions: Mapping[str, int]) -> None:
        """As `Store.save_positions`."""
        point = models.PointStruct(id=_POSITIONS, vector={}, payload={"positions": dict(positions)})
        with _mapped():
            await self._client.upsert(_positions_of(self._collection), [point], wait=True)

    def _point(self, entry: Entry) -> models.PointStruct:
        words = self._bm25.document(entry.passage.text)
        vector: dict[str, Any] = {DENSE: list(entry.vector)}
        if words.indices:
            vector[SPARSE] = models.SparseVector(indices=list(words.indices), values=list(words.values))
        return models.PointStruct(id=point_id(entry.passage.key), vector=vector, payload=payload_of(entry))

    def _legs(self, *, vector: Vector, text: str, visible: Collection[str], depth: int) -> list[models.Prefetch]:
        match = models.MatchAny(any=sorted(visible))
        seen = models.Filter(must=[models.FieldCondition(key="visibility", match=match)])
        words = self._bm25.query(text)
        legs = [models.Prefetch(query=list(vector), using=DENSE, filter=seen, limit=depth)]
        if words.indices:
            sparse = models.SparseVector(indices=list(words.indices), values=list(words.values))
            # How rare a word is must be counted among what is seen, too: else hidden passages would shift ranks.
            rarity = models.SearchParams(idf=models.IdfCorpusParams(corpus=seen))
            legs.append(models.Prefetch(query=sparse, using=SPARSE, filter=seen, limit=depth, params=rarity))
        return legs


@asynccontextmanager
async def open_qdrant(settings: IndexSettings, *, model: str, dimensions: int) -> AsyncIterator[QdrantIndex]:
    """Connects, and makes the collection where it is missing.

    The collection is named after the model too: another model fills one of its own beside it, and what was there stays
    until somebody drops it. `url: ":memory:"` keeps everything in this process, for trials.

    Raises:
        Transient: The server does not answer.
    """
    client = _client(settings)
    collection = _collection_of(settings.collection, model, dimensions)
    try:
        with _mapped():
            await _ensure(client, collection, dimensions)
        yield QdrantIndex(client=client, collection=collection, candidates=settings.candidates)
    finally:
        await client.close()


def _client(settings: IndexSettings) -> AsyncQdrantClient:
    if settings.url == ":memory:":
        return AsyncQdrantClient(location=":memory:")
    api_key = settings.api_key.get_secret_value() if settings.api_key else None
    return AsyncQdrantClient(url=settings.url, api_key=api_key or None, timeout=_TIMEOUT, check_compatibility=False)


async def _ensure(client: AsyncQdrantClient, collection: str, dimensions: int) -> None:
    if not await client.collection_exists(collection):
        dense = {DENSE: models.VectorParams(size=dimensions, distance=models.Distance.COSINE)}
        sparse = {SPARSE: models.SparseVectorParams(modifier=models.Modifier.IDF)}
        with _made_meanwhile():
            await client.create_collection(collection, vectors_config=dense, sparse_vectors_config=sparse)
    if not await client.collection_exists(_positions_of(collection)):
        with _made_meanwhile():
            await client.create_collection(_positions_of(collection), vectors_config={})
    # Without effect where it exists; asked each time, since the process may have died right before it.
    await client.create_payload_index(collection, "visibility", models.PayloadSchemaType.KEYWORD)


@contextmanager
def _made_meanwhile() -> Iterator[None]:
    try:
        yield
    except UnexpectedResponse as error:
        if error.status_code != 409:  # another replica was quicker
            raise


@contextmanager
def _mapped() -> Iterator[None]:
    try:
        yield
    except ResourceExhaustedResponse as error:
        raise Transient("index-unavailable", str(error), retry_after=float(error.retry_after_s)) from error
    except (ApiException, QdrantException) as error:
        raise Transient("index-unavailable", f"{type(error).__name__}: {error}") from error


def _collection_of(name: str, model: str, dimensions: int) -> str:
    return f"{name}-{re.sub('[^a-z0-9]+', '-', model.lower()).strip('-')}-{dimensions}"


def _positions_of(collection: str) -> str:
    return f"{collection}-positions"


def _ids(keys: Collection[str]) -> list[models.ExtendedPointId]:
    return [point_id(key) for key in keys]
