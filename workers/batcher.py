"""Many texts in one call of the embedding model: gathered by count, tokens and time."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from runtime.metrics import WorkerMetrics
from runtime.settings.models import EmbeddingSettings
from runtime.tracing.current import current
from runtime.tracing.span import Span
from workers.errors import ModelRejected
from workers.ports import Embedder, Vector
from workers.tracing import embedding


@dataclass(frozen=True, slots=True, eq=False)
class _Wish:
    text: str
    tokens: int
    since: float
    vector: asyncio.Future[Vector]
    span: Span


class Batcher:
    """Texts wait here for company, at most `linger` seconds. Bounded by its callers, who wait for their vectors.

    Args:
        embedder: The model.
        settings: Texts and tokens in one call at most, and calls at once.
        metrics: Of the process.
        linger: Seconds that a text waits for others; 0 gathers only what comes while calls are under way.
    """

    def __init__(
        self, embedder: Embedder, *, settings: EmbeddingSettings, metrics: WorkerMetrics, linger: float
    ) -> None:
        self._embedder = embedder
        self._settings = settings
        self._metrics = metrics
        self._linger = linger
        self._waiting: deque[_Wish] = deque()
        self._tokens = 0
        self._arrived = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Batcher"]:
        """Calls the model while the context is open."""
        async with asyncio.TaskGroup() as tasks:
            callers = [tasks.create_task(self._call_steadily()) for _ in range(self._settings.concurrency)]
            try:
                yield self
            finally:
                for caller in callers:
                    caller.cancel()

    async def embed(self, text: str) -> Vector:
        """The vector of `text`.

        Raises:
            ModelRejected: The model will never take this text; others of its batch are not affected.
            ModelSpent: It takes none until a spending limit is lifted.
            ModelUnavailable: The call failed, and may be tried again.
            ModelUnusable: It fails until our key or configuration is mended, whatever the text.
        """
        loop = asyncio.get_running_loop()
        wish = _Wish(text, self._embedder.count_tokens(text), loop.time(), loop.create_future(), current())
        self._waiting.append(wish)
        self._tokens += wish.tokens
        self._arrived.set()
        return await wish.vector

    async def _call_steadily(self) -> None:
        while True:
            await self._company()
            if batch := self._gather():
                await self._serve(batch)

    async def _company(self) -> None:
        """Returns when there is a batch: a full one, or one that has waited long enough."""
        loop = asyncio.get_running_loop()
        while not self._is_full():
            left = self._waiting[0].since + self._linger - loop.time() if self._waiting else None
            if left is not None and left <= 0:
                return
            self._arrived.clear()
            try:
                async with asyncio.timeout(left):
                    await self._arrived.wait()
            except TimeoutError:
                return

    def _is_full(self) -> bool:
        return len(self._waiting) >= self._settings.batch_texts or self._tokens >= self._settings.batch_tokens

    def _gather(self) -> list[_Wish]:
        batch: list[_Wish] = []
        tokens = 0
        while self._waiting and len(batch) < self._settings.batch_texts:
            tokens += self._waiting[0].tokens
            if batch and tokens > self._settings.batch_tokens:
                break
            wish = self._waiting.popleft()
            self._tokens -= wish.tokens
            batch.append(wish)
        # Who was cancelled meanwhile waits for nothing.
        return [wish for wish in batch if not wish.vector.done()]

    async def _serve(self, batch: Sequence[_Wish]) -> None:
        unheard = batch
        try:
            while unheard and not await self._taken(unheard):
                unheard = await self._without_culprit(unheard)
        except Exception as error:  # noqa: BLE001 - each caller gets it, and judges it there
            _fail(batch, error)

    async def _taken(self, batch: Sequence[_Wish]) -> bool:
        """Whether the model takes these texts, which is then done with; so is one alone that it refuses."""
        try:
            vectors = await self._call(batch)
        except ModelRejected as error:
            if len(batch) == 1:
                _fail(batch, error)
            return False
        for wish, vector in zip(batch, vectors, strict=True):
            if not wish.vector.done():
                wish.vector.set_result(vector)
        return True

    async def _without_culprit(self, refused: Sequence[_Wish]) -> Sequence[_Wish]:
        """Finds one text at fault among those that were refused together; returns those of which nothing is known yet.

        What is suspect is halved, and one half called with: that takes log2 n calls for each text at fault.
        The last suspect is heard alone before it is blamed, since a batch may have been refused for its size.
        """
        suspects, unheard = refused, list[_Wish]()
        while len(suspects) > 1:
            middle = len(suspects) // 2
            first, second = suspects[:middle], suspects[middle:]
            if await self._taken(first):
                suspects = second
            else:
                suspects, unheard = first, [*second, *unheard]
        if not suspects[0].vector.done():
            await self._taken(suspects)
        return unheard

    async def _call(self, batch: Sequence[_Wish]) -> Sequence[Vector]:
        model = self._embedder.model
        spans = embedding([wish.span for wish in batch], model=model, provider=self._settings.provider)
        with self._metrics.embed.labels(model).time(), spans:
            vectors = await self._embedder.embed([wish.text for wish in batch])
        self._metrics.embedded.labels(model).inc(len(batch))
        return vectors


def _fail(batch: Sequence[_Wish], error: Exception) -> None:
    for wish in batch:
        if not wish.vector.done():
            wish.vector.set_exception(error)
