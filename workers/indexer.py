"""Keeps an index up to date with `rag.embeddings`, from where it stopped last."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import TypeVar

from bus.ports import Bus
from bus.records import Partition, Received
from proto.generated.embedding_pb2 import Embedding
from runtime.clock import Clock
from runtime.metrics import WorkerMetrics
from runtime.settings.models import EmbeddingSettings
from schemas.errors import Malformed
from schemas.signature import Signer
from workers.chunk import decode_embedding, entry_of
from workers.dead_letter import dead_letter
from workers.errors import Poison, StageError, Transient
from workers.outbox import Outbox
from workers.patience import until_answered
from workers.ports import Store
from workers.positions import names_of
from workers.retry import Backoff
from workers.topics import EMBEDDINGS
from workers.trust import verify

_log = logging.getLogger("sluice.workers")

T = TypeVar("T")

SAVE_SECONDS = 5.0  # between two savings: what is read again after a kill -9
STAGE = "indexer"


class Indexer:
    """Follows the topic; `caught_up` is set once everything is indexed that was there at the start.

    Args:
        bus: Where the embeddings are.
        store: The index, which also keeps the positions.
        embedding: Whose vectors it takes; a passage with another model's is taken out rather than left outdated.
        signer: Knows who wrote a record.
        outbox: Takes dead letters.
        backoff: The waits between tries where the index does not answer.
        metrics: Of the process.
        clock: When positions are saved.
    """

    def __init__(
        self,
        bus: Bus,
        store: Store,
        *,
        embedding: EmbeddingSettings,
        signer: Signer,
        outbox: Outbox,
        backoff: Backoff,
        metrics: WorkerMetrics,
        clock: Clock,
    ) -> None:
        self._bus = bus
        self._store = store
        self._embedding = embedding
        self._signer = signer
        self._outbox = outbox
        self._backoff = backoff
        self._metrics = metrics
        self._clock = clock
        self._applied: Mapping[Partition, int] = {}
        self._saved: Mapping[Partition, int] = {}
        self.caught_up = asyncio.Event()

    async def run(self, start: Mapping[Partition, int]) -> None:
        """Follows from `start` on, until cancelled; then saves."""
        try:
            async with AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
                following = partial(self._bus.tail, topics=(EMBEDDINGS,), start=start)
                tail = await self._answered(lambda: stack.enter_async_context(following()))
                self._applied = dict(tail.positions())
                tasks.create_task(self._save_steadily())
                ends = await self._answered(tail.ends)
                self._look(ends)
                async for batch in tail.batches():
                    await self._until_done(partial(self.apply, batch))
                    self._applied = dict(tail.positions())
                    self._look(ends)
        finally:
            with suppress(Transient):  # what is not saved is read again
                await self._save()

    async def apply(self, batch: Sequence[Received]) -> None:
        """Puts a batch into the index; of several records of one key the last one counts.

        Raises:
            Transient: The index does not answer.
        """
        wanted: dict[bytes, Embedding | None] = {}
        for record in batch:
            try:
                wanted[record.key or b""] = self._judged(record)
            except Poison as error:
                await self._give_up(record, error)
        await self._store.delete([key.decode() for key, embedding in wanted.items() if embedding is None])
        await self._store.upsert([entry_of(embedding) for embedding in wanted.values() if embedding is not None])

    def _judged(self, record: Received) -> Embedding | None:
        """What the index shall hold for the record's key; `None` is nothing."""
        verify(record, self._signer)
        if record.value is None:
            return None
        try:
            embedding = decode_embedding(record.value)
        except Malformed as error:
            raise Poison("malformed", str(error)) from error
        ours = (self._embedding.model, self._embedding.dimensions, self._embedding.dimensions)
        if (embedding.model, embedding.dimensions, len(embedding.vector)) == ours:
            return embedding
        # Better no passage than one whose text or visibility is no longer true.
        self._metrics.skipped.labels(STAGE, "other-model").inc()
        return None

    async def _give_up(self, record: Received, error: StageError) -> None:
        self._metrics.dead.labels(STAGE, error.reason).inc()
        await self._outbox.write([dead_letter(record, error, attempt=1)], rest=asyncio.sleep)

    async def _until_done(self, call: Callable[[], Awaitable[None]]) -> None:
        attempt = 0
        while True:
            try:
                await call()
            except Transient as error:
                attempt += 1
                self._metrics.retried.labels(STAGE, error.reason).inc()
                _log.warning("the index does not answer", extra={"detail": error.detail})
                await asyncio.sleep(self._backoff.seconds(attempt, asked=error.retry_after))
            else:
                return

    async def _answered(self, ask: Callable[[], Awaitable[T]]) -> T:
        return await until_answered(ask, backoff=self._backoff)

    def _look(self, ends: Mapping[Partition, int]) -> None:
        if not self.caught_up.is_set() and all(self._applied.get(at, 0) >= end for at, end in ends.items()):
            self.caught_up.set()

    async def _save_steadily(self) -> None:
        while True:
            self._metrics.indexed.set(await self._store.count())
            await asyncio.sleep(SAVE_SECONDS)
            if self._applied != self._saved:
                await self._until_done(self._save)

    async def _save(self) -> None:
        applied = self._applied
        await self._store.save_positions(names_of(applied, now_ms=self._clock.now_ms()))
        self._saved = applied
