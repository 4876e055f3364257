"""What every stage is built from."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar

from bus.ports import Bus, Producer, Reader, Transactions
from runtime.clock import Clock
from runtime.errors import ConfigError, Problem
from runtime.metrics import Registry, WorkerMetrics
from runtime.settings.gateway import Gateway
from runtime.settings.load import DEFAULT_FILE
from runtime.settings.models import ChatSettings, EmbeddingSettings, IndexSettings
from runtime.settings.workers import StageSettings
from schemas.signature import Signer
from workers.aside import Aside
from workers.cancels import Cancels
from workers.index.factory import open_index
from workers.membership import Membership
from workers.models.factory import open_chat_model, open_embedder
from workers.patience import until_answered
from workers.ports import ChatModel, Embedder, Store
from workers.retry import Backoff, Draw
from workers.scribe import Scribe

T = TypeVar("T")


class OpenIndex(Protocol):
    """Opens an index."""

    def __call__(self, settings: IndexSettings, *, model: str, dimensions: int) -> AbstractAsyncContextManager[Store]:
        """As `workers.index.factory.open_index`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapters:
    """What opens the models and the index that the configuration names."""

    embedder: Callable[[EmbeddingSettings], AbstractAsyncContextManager[Embedder]] = open_embedder
    chat: Callable[[ChatSettings], AbstractAsyncContextManager[ChatModel]] = open_chat_model
    index: OpenIndex = open_index


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything that a process has once, made by `workers.app`."""

    gateway: Gateway
    settings: StageSettings
    bus: Bus
    producer: Producer
    transactions: Transactions | None
    membership: Membership
    reader: Reader
    registry: Registry
    metrics: WorkerMetrics
    clock: Clock
    draw: Draw
    cancels: Cancels
    aside: Aside
    adapters: Adapters = Adapters()

    @property
    def signer(self) -> Signer:
        """Signs and verifies records."""
        return Signer(*self.gateway.keys.record_keys)

    @property
    def backoff(self) -> Backoff:
        """The stage's waits."""
        return Backoff(self.settings.retry, draw=self.draw)

    async def answered(self, ask: Callable[[], Awaitable[T]]) -> T:
        """What a question to Kafka comes to, however long it is away."""
        return await until_answered(ask, backoff=self.backoff)

    def scribe(self, stage: str) -> Scribe:
        """Writes for a stage."""
        return Scribe(stage=stage, signer=self.signer, clock=self.clock)

    async def same_partitions(self, *topics: str) -> int:
        """How many partitions each of these topics has.

        Raises:
            ConfigError: Not the same number: then what belongs together would not meet.
        """
        counts = {topic: await self.answered(partial(self.reader.partitions, topic)) for topic in topics}
        if len(set(counts.values())) > 1:
            raise _unequal(counts)
        return next(iter(counts.values()))


def _unequal(counts: dict[str, int]) -> ConfigError:
    (first, *others) = counts
    odd = next(topic for topic in others if counts[topic] != counts[first])
    message = f"must have as many partitions as {first}, which has {counts[first]}"
    problem = Problem(path=f"topics.{odd}.partitions", line=None, message=message, value=str(counts[odd]))
    return ConfigError(file=DEFAULT_FILE, problems=(problem,))
