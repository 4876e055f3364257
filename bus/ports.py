"""The bus as the rest of Sluice sees it.

Three adapters keep these promises: `bus.kafka` and `bus.librdkafka`, which are two clients of Kafka, and `bus.memory`;
`tests/bus/contract` holds all of them to it.
Everything is called on the event loop; an adapter that owns threads hides them.
"""

from collections.abc import AsyncIterator, Awaitable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from bus.records import Bounds, Commit, Partition, Receipt, Received, Record
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
            BusUnavailable: A record has timed out, and no broker has been reached since. Nothing was queued.
        """

    async def put(self, record: Record) -> Receipt:
        """As `send`, but waits for a broker and for room, and then for the receipt.

        Raises:
            DeliveryFailed: As `send`; an outage may begin while the record is in flight.
        """

    async def flush(self) -> None:
        """Returns when nothing is in flight."""


class Transactions(Protocol):
    """Writes records and commits offsets of a group together: all of it or nothing.

    Readers pass over what was not committed, and see the records of a transaction together. Until one is decided they
    wait before its first record, and so for everything behind it in those partitions.
    """

    async def commit(
        self,
        records: Sequence[Record],
        *,
        offsets: Mapping[Partition, Commit] | None = None,
        consumer: "Consumer | None" = None,
    ) -> Sequence[Receipt]:
        """Commits one transaction and returns the receipts in the order of the records. Callers queue.

        Returned, it is decided: `Consumer.committed` says so at once, and readers of records a few milliseconds later.
        A cancelled call may have committed or not.

        Args:
            records: What to write; in the order given within a partition.
            offsets: As for `Consumer.commit`. They need `consumer`.
            consumer: Who owns these partitions: a consumer of the same bus.

        Raises:
            CommitLost: A partition is no longer the consumer's; or, where the error names a `writer`, another has come
                by this name, and this one will never commit again. Nothing was written.
            DeliveryFailed: A record was refused for good (`retriable` is false). Nothing was written.
            BusUnavailable: No broker answered. Nothing was written.
            Undecided: No broker answered when asked to commit. Once one answers, `Consumer.committed` tells whether it
                did, where `offsets` were part of it.
        """


class RebalanceListener(Protocol):
    """Hears of partitions that come and go. Both are awaited before any record of the new assignment is handed over."""

    async def assigned(self, partitions: Collection[Partition]) -> None:
        """These are newly ours; the next records from them start at the committed offset."""

    async def revoked(self, partitions: Collection[Partition]) -> None:
        """These are about to leave: finish or abandon their work and commit, within the rebalance timeout.

        No other member has them before this returns, unless the group has already thrown this member out; then a commit
        raises `CommitLost`. It is also called when the consumer is left, with everything that it has.
        """


class Consumer(Protocol):
    """A member of a consumer group. Offsets move only by `commit`."""

    def batches(self) -> AsyncIterator[Sequence[Received]]:
        """Batches as they arrive, in offset order within a partition; one wake-up of the loop for each.

        A batch holds records of several partitions, or none where what was read are not records but marks of
        transactions. At most a bounded number of batches wait unread;
        past that the adapter stops fetching, and keeps its place in the group. During an outage nothing arrives, and
        afterwards it goes on.

        Raises:
            Exception: What the listener raised.
            BusRefused: The broker does not want this member.
            BusUnavailable: The client is beyond repair, which no mere outage makes it; enter a new one.
        """

    async def commit(self, offsets: Mapping[Partition, Commit]) -> None:
        """Commits the *next* offset to be read for each partition, and a note with it.

        Raises:
            CommitLost: A partition is no longer ours.
            BusUnavailable: No broker answered; the offsets are not committed.
        """

    async def committed(self, partitions: Collection[Partition]) -> Mapping[Partition, Commit]:
        """What the group has committed last, by `commit` or in a transaction; partitions without anything are left out.

        It waits for transactions that are being decided.

        Raises:
            BusUnavailable: No broker answered.
        """

    def pause(self, partitions: Collection[Partition]) -> None:
        """Stops fetching from these; the few batches that wait unread may still bring records of them."""

    def resume(self, partitions: Collection[Partition]) -> None:
        """Fetches from these again, from where `pause` stopped."""

    def assignment(self) -> frozenset[Partition]:
        """What is ours now."""

    def holds(self) -> bool:
        """Whether the group has heard of this member within the session timeout, so that nobody else has its partitions.

        It is answered without asking anybody, from what is known here; so it is the first to know after a freeze.
        """

    async def lag(self) -> Mapping[Partition, int]:
        """Records behind the end for each partition that is ours, counted from what was handed over.

        Raises:
            BusUnavailable: No broker answered.
        """


class Tail(Protocol):
    """Follows whole topics without a group: every partition, new ones included, from given offsets."""

    def batches(self) -> AsyncIterator[Sequence[Received]]:
        """As `Consumer.batches`, without a group.

        Raises:
            OffsetOutOfRange: Retention has taken records that were not read yet.
        """

    def positions(self) -> Mapping[Partition, int]:
        """The next offset to be handed over, for each partition followed; offsets that are no records are passed over."""

    async def ends(self) -> Mapping[Partition, int]:
        """The end offset of each partition followed, asked of the broker now.

        Raises:
            BusUnavailable: No broker answered.
        """


class Reader(Protocol):
    """Reads any part of any partition, one read at a time; made to be pooled.

    Offsets have holes: compaction makes them, and each transaction leaves a mark at its end, behind its last record.
    """

    async def read(self, partition: Partition, offset: int, *, limit: int) -> Sequence[Received]:
        """Reads up to `limit` records from `offset` on; an empty answer means that the end is reached.

        Raises:
            OffsetOutOfRange: `offset` is older than the earliest one held.
            UnknownTopic: There is no such topic or partition. So do the others.
            BusUnavailable: No broker answered. So do the others.
        """

    async def bounds(self, partition: Partition) -> Bounds:
        """The offsets that the partition holds now. The end is before the first transaction that is not decided yet."""

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
            BusRefused: The broker cannot or will not create one.
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

    def transactions(self, *, name: str) -> AbstractAsyncContextManager[Transactions]:
        """A writer of transactions, of which there is one by each name.

        Where another is entered by the same name, the one before it never commits again, and what it left open is
        ended: aborted, or committed if that had begun. During an outage this happens as soon as a broker answers.
        """

    def consumer(
        self, *, group: str, topics: Collection[str], listener: RebalanceListener | None = None
    ) -> AbstractAsyncContextManager[Consumer]:
        """A member of `group` on `topics`. A group without offsets starts at the earliest record."""

    def tail(
        self, *, topics: Collection[str], start: Mapping[Partition, int] | None = None
    ) -> AbstractAsyncContextManager[Tail]:
        """Follows `topics`; partitions not named in `start` begin at their end as it was on entering.

        Entering raises `BusUnavailable` or `UnknownTopic`; everything else here can be entered during an outage.
        """

    def reader(self) -> AbstractAsyncContextManager[Reader]:
        """A reader."""

    def admin(self) -> AbstractAsyncContextManager[Admin]:
        """An admin client."""
