"""The in-memory follower of whole topics."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence

from bus.memory.cluster import Cluster
from bus.records import Partition, Received


class MemoryTail:
    """Keeps the promises of `bus.ports.Tail`."""

    def __init__(
        self, cluster: Cluster, *, topics: Collection[str], start: Mapping[Partition, int], max_batch: int
    ) -> None:
        self._cluster = cluster
        self._topics = sorted(topics)
        self._max_batch = max_batch
        cluster.check("asking for end offsets")
        self._positions = {at: start.get(at, cluster.log(at).bounds.end) for at in self._partitions()}

    async def batches(self) -> AsyncIterator[Sequence[Received]]:
        """As `Tail.batches`."""
        while True:
            changed = self._cluster.changed()
            if batch := self._read():
                yield batch
            else:
                await changed.wait()

    def positions(self) -> Mapping[Partition, int]:
        """As `Tail.positions`."""
        return dict(self._positions)

    async def ends(self) -> Mapping[Partition, int]:
        """As `Tail.ends`."""
        self._cluster.check("asking for end offsets")
        return {at: self._cluster.log(at).bounds.end for at in self._positions}

    def _read(self) -> list[Received]:
        batch: list[Received] = []
        for partition in self._partitions() if self._cluster.available else ():
            position = self._positions.setdefault(partition, 0)
            records = self._cluster.log(partition).read(position, limit=self._max_batch - len(batch))
            self._positions[partition] = position + len(records)
            batch.extend(records)
        return batch

    def _partitions(self) -> list[Partition]:
        return [partition for topic in self._topics for partition in self._cluster.partitions(topic)]
