"""The second stage: a question meets the passages that its caller may see."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

from bus.records import Partition, Receipt, Received, Record, with_headers
from runtime.clock import Clock
from runtime.metrics import WorkerMetrics
from runtime.settings.gateway import Gateway
from runtime.tracing.current import step
from runtime.tracing.span import Attributes
from schemas import context as contexts
from schemas.context import Context, ContextPassage
from schemas.errors import Malformed
from workers.batcher import Batcher
from workers.cancels import Cancels, asked
from workers.deadlines import Deadlines
from workers.errors import Expired, Poison, StageError
from workers.ports import Hit, Index
from workers.query import Query, decode_query, failure_of, query_id_of
from workers.scribe import Draft, Scribe
from workers.topics import CONTEXTS, QUERIES

_SEARCH: Attributes = {"db.system.name": "qdrant", "db.operation.name": "search"}


class RetrieverStage:
    """One context for each query. What a caller may see follows from the header `user-tier`, and from nothing else."""

    name: str = "retriever"
    topics: tuple[str, ...] = (QUERIES,)
    final: bool = False

    def __init__(
        self,
        *,
        batcher: Batcher,
        index: Index,
        cancels: Cancels,
        gateway: Gateway,
        scribe: Scribe,
        metrics: WorkerMetrics,
        clock: Clock,
    ) -> None:
        self._batcher = batcher
        self._index = index
        self._cancels = cancels
        self._gateway = gateway
        self._scribe = scribe
        self._metrics = metrics
        self._clock = clock
        self._deadlines = Deadlines(stage=self.name, gateway=gateway, metrics=metrics, clock=clock)

    async def handle(self, record: Received) -> Sequence[Record]:
        """As `Stage.handle`."""
        if record.value is None:
            return ()
        began = self._clock.monotonic()
        query = _query(record)
        visible = self._gateway.tier(record.header("user-tier")).reads
        top_k = query.top_k or self._gateway.index.top_k
        cancelled = self._cancels.counts(asked(record, at=record.timestamp))
        if cancelled:
            self._metrics.cancelled.labels(self.name).inc()
        expired = not cancelled and self._is_expired(record)
        # The generator alone ends an answer, so it is told of these; what is cancelled from here on it hears.
        hits = () if cancelled or expired else await self._search(query, visible=visible, limit=top_k)
        context = Context(
            query_id=query.query_id,
            question=query.question,
            top_k=top_k,
            # Looked at once more: an index that filters wrongly must not become an answer that tells too much.
            passages=tuple(_passage(hit) for hit in hits if hit.passage.visibility in visible),
            asked_at=record.timestamp,
            retrieved_ms=round((self._clock.monotonic() - began) * 1000),
            cancelled=cancelled,
            expired=expired,
        )
        return (self._record(record, context),)

    def calling_off(self, record: Received, call: Callable[[], None]) -> AbstractContextManager[None]:
        """As `Stage.calling_off`."""
        return self._cancels.telling(asked(record, at=record.timestamp), call)

    def given_up(self, record: Received, error: StageError) -> Sequence[Record]:
        """As `Stage.given_up`: the generator hears of it, for it alone knows whether the answer has ended already."""
        question, top_k = _readable(record)
        context = Context(
            query_id=query_id_of(record),
            question=question,
            top_k=top_k or self._gateway.index.top_k,
            passages=(),
            asked_at=record.timestamp,
            retrieved_ms=0,
            failure=failure_of(record, error),
        )
        return (self._record(record, context),)

    def written(self, record: Record, receipt: Receipt | None) -> None:
        """As `Stage.written`."""

    async def landed(self, record: Record) -> bool:
        """As `Stage.landed`: the generator answers a second copy of a context only once."""
        return False

    async def assigned(self, partitions: Collection[Partition]) -> None:
        """As `Stage.assigned`."""

    async def revoked(self, partitions: Collection[Partition]) -> None:
        """As `Stage.revoked`."""

    def _is_expired(self, record: Received) -> bool:
        try:
            self._deadlines.check(record, asked_at=record.timestamp)
        except Expired:
            return True
        return False

    async def _search(self, query: Query, *, visible: Collection[str], limit: int) -> Sequence[Hit]:
        with step("embed"):
            vector = await self._batcher.embed(query.question)
        with self._metrics.search.time(), step("search", kind="client", attributes=_SEARCH) as span:
            hits = await self._index.search(vector=vector, text=query.question, visible=visible, limit=limit)
            span.note("db.response.returned_rows", len(hits))
            return hits

    def _record(self, origin: Received, context: Context) -> Record:
        key = (origin.key or b"").decode("utf-8", "replace")
        draft = Draft(topic=CONTEXTS, type=contexts.TYPE, id=f"{key}/context", body=contexts.encode(context))
        record = self._scribe.record(origin, draft)
        return replace(record, headers=with_headers(record.headers, [(contexts.ASKED_AT, str(context.asked_at))]))


def _query(record: Received) -> Query:
    try:
        return decode_query(record)
    except Malformed as error:
        raise Poison("malformed", str(error)) from error


def _readable(record: Received) -> tuple[str, int | None]:
    """The question, and how many passages it asks for, so far as that can be read."""
    try:
        query = decode_query(record)
    except Malformed:
        return "", None
    return query.question, query.top_k


def _passage(hit: Hit) -> ContextPassage:
    return ContextPassage(
        doc_id=hit.passage.doc_id,
        chunk_index=hit.passage.chunk_index,
        text=hit.passage.text,
        visibility=hit.passage.visibility,
        source_url=hit.passage.source_url,
        score=hit.score,
    )
