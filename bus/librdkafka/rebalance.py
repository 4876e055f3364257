"""Takes what librdkafka says of a rebalance to the event loop, and answers when the listener has heard of it."""

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field

from confluent_kafka import OFFSET_STORED, Consumer, KafkaException, TopicPartition

from bus.librdkafka.partitions import ours
from bus.records import Partition
from bus.telling import Hear, tell


@dataclass(slots=True)
class Pending:
    """A change that librdkafka waits for: what changes, and whether the listener has heard of it."""

    partitions: list[TopicPartition]
    comes: bool
    heard: bool = field(default=False)


class Rebalances:
    """Awaits `assigned`, `revoked` and `lost` on the event loop.

    librdkafka calls on the thread that polls. It may be answered later, and has to be: were that thread to wait within
    the call, nothing would be heard of the heartbeats meanwhile. But confluent-kafka answers in place of whoever returns
    from the call without having done so; a change of nothing, and in the other direction, keeps it from that, and leaves
    librdkafka waiting. It fetches nothing until it is answered.

    Args:
        timeout: Seconds that each may take; then the rebalance goes on without it.
        failed: Hears of what they raise.
        begins: Where to begin in a partition of which `assigned` has heard; where it cannot say, librdkafka finds out.
    """

    def __init__(
        self,
        *,
        assigned: Hear,
        revoked: Hear,
        lost: Hear,
        timeout: float,
        failed: Callable[[BaseException], None],
        begins: Callable[[Partition], int | None],
    ) -> None:
        self._assigned = assigned
        self._revoked = revoked
        self._lost = lost
        self._timeout = timeout
        self._failed = failed
        self._begins = begins
        self._loop = asyncio.get_running_loop()
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self.left = False  # whether everything is being given back for good
        self._pending: Pending | None = None  # the polling thread's
        self.begun = 0  # how many librdkafka has told of; the polling thread's

    @property
    def leaving(self) -> frozenset[Partition]:
        """What is about to be given back. For the polling thread."""
        if self._pending is None or self._pending.comes:
            return frozenset()
        return frozenset(map(ours, self._pending.partitions))

    @property
    def waiting(self) -> bool:
        """Whether librdkafka waits for an answer. For the polling thread."""
        return self._pending is not None

    def on_assign(self, client: Consumer, partitions: list[TopicPartition]) -> None:
        """Called by librdkafka on the polling thread."""
        self.begun += 1
        if partitions and not self.left:
            client.incremental_unassign([])
            self._ask(self._assigned, Pending(partitions, comes=True))

    def on_revoke(self, client: Consumer, partitions: list[TopicPartition]) -> None:
        """Called by librdkafka on the polling thread."""
        self._give_back(client, partitions, self._revoked)

    def on_lost(self, client: Consumer, partitions: list[TopicPartition]) -> None:
        """Called by librdkafka on the polling thread."""
        self._give_back(client, partitions, self._lost)

    def serve(self, client: Consumer) -> None:
        """Answers librdkafka, where the listener has heard. On the polling thread, between polls."""
        pending = self._pending
        if pending is None or not pending.heard:
            return
        self._pending = None
        if pending.comes:
            starts = {one: self._begins(one) for one in map(ours, pending.partitions)}
            client.incremental_assign(
                [TopicPartition(*one, OFFSET_STORED if start is None else start) for one, start in starts.items()]
            )
        else:
            client.incremental_unassign(pending.partitions)

    def conclude(self, client: Consumer) -> None:
        """Answers librdkafka whoever has heard: left without, it would never let itself be closed. Once nothing polls any more."""
        if self._pending is not None:
            self._pending.heard = True
            with suppress(KafkaException):  # the client is closed next, whatever it made of the answer
                self.serve(client)

    async def leave(self, remaining: Callable[[], Collection[Partition]]) -> None:
        """Lets the listener hear that everything leaves; from now on nothing comes, and librdkafka is answered at once."""
        self.left = True
        async with self._turn:
            if partitions := frozenset(remaining()):
                await self._tell(self._revoked, partitions)

    def _give_back(self, client: Consumer, partitions: list[TopicPartition], hear: Hear) -> None:
        self.begun += 1
        if partitions and not self.left:
            client.incremental_assign([])
            self._ask(hear, Pending(partitions, comes=False))

    def _ask(self, hear: Hear, pending: Pending) -> None:
        self._pending = pending
        try:
            self._loop.call_soon_threadsafe(self._begin, hear, pending)
        except RuntimeError:  # the loop has ended without closing the consumer
            pending.heard = True

    def _begin(self, hear: Hear, pending: Pending) -> None:
        task = asyncio.create_task(self._hear(hear, pending), name="kafka-rebalance")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _hear(self, hear: Hear, pending: Pending) -> None:
        try:
            async with self._turn:
                await self._tell(hear, frozenset(map(ours, pending.partitions)))
        finally:
            pending.heard = True

    async def _tell(self, hear: Hear, partitions: frozenset[Partition]) -> None:
        await tell(hear, partitions, patience=self._timeout, failed=self._failed)
