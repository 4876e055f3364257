"""The in-memory member of a consumer group."""

import asyncio
from collections.abc import AsyncIterator, Collection, Coroutine, Mapping, Sequence

from bus.memory.cluster import Cluster
from bus.ports import RebalanceListener
from bus.records import Commit, Partition, Received
from runtime.settings.kafka import ConsumerSettings


class MemoryConsumer:
    """Keeps the promises of `bus.ports.Consumer`. It reads when it is asked to, so no batch ever waits unread."""

    def __init__(
        self,
        cluster: Cluster,
        settings: ConsumerSettings,
        *,
        group: str,
        topics: Collection[str],
        listener: RebalanceListener | None,
    ) -> None:
        self.topics = frozenset(topics)
        self.owned: set[Partition] = set()
        self._cluster = cluster
        self._settings = settings
        self.group = cluster.group(group)
        self._listener = listener
        self._positions: dict[Partition, int] = {}  # only what may be read now
        self._paused: set[Partition] = set()
        self._failure: BaseException | None = None

    async def join(self) -> None:
        """Takes a place in the group once the cluster answers; it runs until then beside the reader."""
        await self._cluster.up()
        partitions = [partition for topic in self.topics for partition in self._cluster.partitions(topic)]
        await self.group.join(self, partitions)

    def joined(self, joining: asyncio.Task[None]) -> None:
        """Ends `batches` with the error that joining ended with, if any."""
        if not joining.cancelled() and (error := joining.exception()):
            self.fail(error)

    async def leave(self) -> None:
        """Gives everything back, after the listener has heard of it."""
        await self.group.leave(self)

    async def give(self, partitions: Collection[Partition]) -> None:
        """The group assigns these."""
        self.owned |= set(partitions)
        if self._listener:
            await self._tell(self._listener.assigned(frozenset(partitions)))
        for partition in partitions:
            committed = self.group.committed(partition)
            earliest = self._cluster.log(partition).bounds.earliest
            self._positions[partition] = max(earliest, committed.offset if committed else 0)
        self._cluster.notify()

    async def take(self, partitions: Collection[Partition]) -> None:
        """The group takes these away."""
        for partition in partitions:
            self._positions.pop(partition, None)
        if self._listener and partitions:
            await self._tell(self._listener.revoked(frozenset(partitions)))
        self.owned -= set(partitions)
        self._paused -= set(partitions)

    async def batches(self) -> AsyncIterator[Sequence[Received]]:
        """As `Consumer.batches`."""
        while True:
            changed = self._cluster.changed()
            if self._failure:
                raise self._failure
            if batch := self._read():
                yield batch
            else:
                await changed.wait()

    async def commit(self, offsets: Mapping[Partition, Commit]) -> None:
        """As `Consumer.commit`."""
        self._cluster.check("committing offsets")
        self.group.commit(self, offsets)

    async def committed(self, partitions: Collection[Partition]) -> Mapping[Partition, Commit]:
        """As `Consumer.committed`."""
        self._cluster.check("asking for committed offsets")
        found = {partition: self.group.committed(partition) for partition in partitions}
        return {partition: commit for partition, commit in found.items() if commit is not None}

    def pause(self, partitions: Collection[Partition]) -> None:
        """As `Consumer.pause`."""
        self._paused |= self.owned & set(partitions)

    def resume(self, partitions: Collection[Partition]) -> None:
        """As `Consumer.resume`."""
        self._paused -= set(partitions)
        self._cluster.notify()

    def holds(self) -> bool:
        """As `Consumer.holds`."""
        return self.group.has(self)

    def assignment(self) -> frozenset[Partition]:
        """As `Consumer.assignment`."""
        return frozenset(self.owned)

    async def lag(self) -> Mapping[Partition, int]:
        """As `Consumer.lag`."""
        self._cluster.check("asking for end offsets")
        return {at: self._cluster.log(at).bounds.end - position for at, position in self._positions.items()}

    def fail(self, error: BaseException) -> None:
        """Ends `batches` with the error."""
        self._failure = error
        self._cluster.notify()

    def _read(self) -> list[Received]:
        batch: list[Received] = []
        for partition in sorted(self._positions.keys() - self._paused) if self._cluster.available else ():
            log = self._cluster.log(partition)
            # What retention took is skipped, as `auto.offset.reset=earliest` has it.
            start = max(self._positions[partition], log.bounds.earliest)
            records = log.read(start, limit=self._settings.max_batch - len(batch))
            self._positions[partition] = start + len(records)
            batch.extend(records)
        return batch

    async def _tell(self, hearing: Coroutine[object, object, None]) -> None:
        try:
            await asyncio.wait_for(hearing, self._settings.rebalance_timeout)
        except Exception as error:  # noqa: BLE001 - whatever the listener raises ends this member, not the others
            self.fail(error)
