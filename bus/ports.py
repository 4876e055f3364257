"""The bus as the rest of Sluice sees it.

Two adapters keep these promises, `bus.kafka` and `bus.memory`; `tests/bus/contract` holds both to them.
Everything is called on the event loop; an adapter that owns threads hides them.
"""

from collections.abc import AsyncIterator, Awaitable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from bus.records import Bounds, Partition, Receipt, Received, Record
from runtime.settings.kafka import TopicSettings


class Producer(Protocol):
    """Writes records, idempotently and with acks=all."""

    def send(self, record: Record) -> Awaitable[Receipt]:
        """Queues a record now, in call order per partition.

        Returns:
            An awaitable that ends with the receipt, or with `DeliveryFailed` once the delivery timeout has passed.
            It need not be awaited for the record to be sent; cancelling it does not unsend.

        Raises:
            BusFull: As many records are in flight as are allowed. Nothing was queued.
            BusUnavailable: It is known that no broker can be reached. Nothing was queued.
        """

    async def put(self, record: Record) -> Receipt:
        """As `send`, but waits for room, and then for the receipt."""

    async def flush(self) -> None:
        """Returns when nothing is in flight."""


class RebalanceListener(Protocol):
    """Hears of partitions that come and go. Both are awaited before any record of the new assignment is handed over."""

    async def assigned(self, partitions: Collection[Partition]) -> None:
        """These are newly ours; the next records from them start at the committed offset."""

    async def revoked(self, partitions: Collection[Partition]) -> None:
        """These are about to leave: finish or abandon their work and commit, within the rebalance timeout."""


class Consumer(Protocol):
    """A member of a consumer group. Offsets move only by `commit`."""

    def batches(self) -> AsyncIterator[Sequence[Received]]:
        """Batches as they arrive, in offset order within a partition; one wake-up of the loop for each.

        A batch holds records of several partitions. At most a bounded number of batches wait unread;
        past that the adapter stops fetching, and keeps its place in the group.
        """

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Commits the *next* offset to be read for each partition.

        Raises:
            CommitLost: A partition is no longer ours.
            BusUnavailable: No broker answered; the offsets are not committed.
        """

    def pause(self, partitions: Collection[Partition]) -> None:
        """Stops fetching from these; what was already handed over stays so."""

    def resume(self, partitions: Collection[Partition]) -> None:
        """Fetches from these again, from where `pause` stopped."""

    def assignment(self) -> frozenset[Partition]:
        """What is ours now."""

    async def lag(self) -> Mapping[Partition, int]:
        """Records behind the end for each partition that is ours, counted from the position read so far."""


class Tail(Protocol):
    """Follows whole topics without a group: every partition, new ones included, from given offsets."""

    def batches(self) -> AsyncIterator[Sequence[Received]]:
        """As `Consumer.batches`."""

    def positions(self) -> Mapping[Partition, int]:
        """The next offset to be handed over, for each partition followed."""

    async def ends(self) -> Mapping[Partition, int]:
        """The end offset of each partition followed, asked of the broker now."""


class Reader(Protocol):
    """Reads any part of any partition, one read at a time; made to be pooled."""

    async def read(self, partition: Partition, offset: int, *, limit: int) -> Sequence[Received]:
        """Reads up to `limit` records from `offset` on; an empty answer means that the end is reached.

        Raises:
            OffsetOutOfRange: `offset` is older than the earliest one held.
            BusUnavailable: No broker answered.
        """

    async def bounds(self, partition: Partition) -> Bounds:
        """The offsets that the partition holds now."""

    async def offset_at(self, partition: Partition, timestamp: int) -> int:
        """The first offset whose timestamp (ms) is at or after `timestamp`; the end where there is none."""

    async def partitions(self, topic: str) -> int:
        """How many partitions the topic has."""


class Admin(Protocol):
    """Creates and checks topics."""

    async def ensure(self, topics: Mapping[str, TopicSettings]) -> None:
        """Creates what is missing and checks what exists.

        Raises:
            TopicMismatch: A topic exists with fewer partitions, or another cleanup policy.
            BusUnavailable: No broker answered.
        """

    async def forget(self, group: str) -> None:
        """Forgets the offsets of a group, which then starts at the earliest record again. One that is unknown is no error.

        Raises:
            GroupActive: The group has members.
            BusUnavailable: No broker answered.
        """

    async def ping(self) -> None:
        """Returns when a broker answered.

        Raises:
            BusUnavailable: None did.
        """


class Bus(Protocol):
    """Makes everything above. Each is an async context manager: entered, it works; left, it is closed."""

    def producer(self) -> AbstractAsyncContextManager[Producer]:
        """A producer; its settings come from `kafka.producer`."""

    def consumer(
        self, *, group: str, topics: Collection[str], listener: RebalanceListener | None = None
    ) -> AbstractAsyncContextManager[Consumer]:
        """A member of `group` on `topics`. A group without offsets starts at the earliest record."""

    def tail(
        self, *, topics: Collection[str], start: Mapping[Partition, int] | None = None
    ) -> AbstractAsyncContextManager[Tail]:
        """Follows `topics`; partitions not named in `start` begin at their end as it was on entering."""

    def reader(self) -> AbstractAsyncContextManager[Reader]:
        """A reader."""

    def admin(self) -> AbstractAsyncContextManager[Admin]:
        """An admin client."""
