"""Batches on their way from a thread that polls to the event loop, never more than a few."""

import asyncio
import threading
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType

from bus.records import Partition, Received

Batch = Sequence[Received]


class Handover:
    """A bounded queue between one thread and one event loop; each batch wakes the loop once.

    The thread asks for room before it fetches, so what does not fit stays in Kafka.
    """

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Batch] = deque()
        self._passed: dict[Partition, int] = {}
        self._failure: BaseException | None = None
        self._arrived = asyncio.Event()
        self._changed = threading.Condition()
        self._closed = False

    def room(self, *, timeout: float) -> bool:
        """Whether a batch fits, after waiting for that at most `timeout` seconds. For the thread."""
        with self._changed:
            return self._changed.wait_for(lambda: self._closed or len(self._waiting) < self._limit, timeout)

    def put(self, batch: Batch, passed: Mapping[Partition, int] = MappingProxyType({})) -> None:
        """Hands a batch over, and how far its partitions are behind it. For the thread.

        An empty one, which comes where marks of transactions are passed, is left out behind others.
        """
        with self._changed:
            self._passed.update(passed)
            if not batch and self._waiting:
                return
            self._waiting.append(batch)
        self._wake()

    def passed(self) -> Mapping[Partition, int]:
        """How far partitions are, as far as that is new; nothing while a batch waits, which comes before that."""
        with self._changed:
            if self._waiting:
                return {}
            passed, self._passed = self._passed, {}
            return passed

    def fail(self, error: BaseException) -> None:
        """Ends `get` with the error once the batches before it are taken. For any thread."""
        with self._changed:
            self._failure = self._failure or error
        self._wake()

    async def get(self) -> Batch:
        """The next batch.

        Raises:
            BaseException: What `fail` was given.
        """
        while True:
            self._arrived.clear()
            if (batch := self._take()) is not None:
                return batch
            await self._arrived.wait()

    def first(self, partition: Partition) -> int | None:
        """The first offset of the partition that waits here."""
        with self._changed:
            offsets = (record.offset for batch in self._waiting for record in batch if record.at == partition)
            return next(offsets, None)

    def drop(self, partitions: Collection[Partition]) -> None:
        """Forgets what waits of these partitions: they are another's to read."""
        with self._changed:
            kept = ([record for record in batch if record.at not in partitions] for batch in self._waiting)
            self._waiting = deque(batch for batch in kept if batch)
            self._passed = {at: offset for at, offset in self._passed.items() if at not in partitions}
            self._changed.notify()

    def close(self) -> None:
        """Lets the thread go that waits for room."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _take(self) -> Batch | None:
        with self._changed:
            if self._waiting:
                self._changed.notify()
                return self._waiting.popleft()
            if self._failure:
                raise self._failure
            return None

    def _wake(self) -> None:
        with suppress(RuntimeError):  # the loop has ended, and nobody is left to wake
            self._loop.call_soon_threadsafe(self._arrived.set)
