"""Takes what kafka-python says of a rebalance to the event loop, and makes the client wait for the answer."""

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Any

from kafka import TopicPartition
from kafka.consumer.subscription_state import AsyncConsumerRebalanceListener
from kafka.future import Future

from bus.records import Partition
from bus.telling import Hear, tell

_new_future: Callable[[], Any] = Future  # kafka-python is not typed


class Rebalances(AsyncConsumerRebalanceListener):
    """Awaits `assigned`, `revoked` and `lost` on the event loop.

    kafka-python calls from its own small event loop, on a thread that must go on sending heartbeats: so this waits for a
    future of that loop, which the asyncio side resolves over there.

    Args:
        timeout: Seconds that each may take; then the rebalance goes on without it.
        failed: Hears of what they raise.
    """

    def __init__(
        self, *, assigned: Hear, revoked: Hear, lost: Hear, timeout: float, failed: Callable[[BaseException], None]
    ) -> None:
        self._assigned = assigned
        self._revoked = revoked
        self._lost = lost
        self._timeout = timeout
        self._failed = failed
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self.net: Any = None

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Called by the client."""
        await self._across(self._assigned, assigned)

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Called by the client."""
        await self._across(self._revoked, revoked)

    async def on_partitions_lost(self, lost: Collection[TopicPartition]) -> None:
        """Called by the client."""
        await self._across(self._lost, lost)

    async def _across(self, hear: Hear, partitions: Collection[TopicPartition]) -> None:
        heard: Any = _new_future()
        ours = frozenset(Partition(*partition) for partition in partitions)
        try:
            self._loop.call_soon_threadsafe(self._begin, hear, ours, heard)
        except RuntimeError:  # the loop has ended without closing the consumer
            return
        await heard

    def _begin(self, hear: Hear, partitions: frozenset[Partition], heard: Any) -> None:
        task = asyncio.create_task(self._tell(hear, partitions), name="kafka-rebalance")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: self._end(heard))

    async def _tell(self, hear: Hear, partitions: frozenset[Partition]) -> None:
        await tell(hear, partitions, patience=self._timeout, failed=self._failed)

    def _end(self, heard: Any) -> None:
        with suppress(RuntimeError):  # the client was closed meanwhile
            self.net.call_soon_threadsafe(lambda: heard.success(None))
