"""The in-memory reader."""

from collections.abc import Sequence

from bus.memory.cluster import Cluster
from bus.records import Bounds, Partition, Received


class MemoryReader:
    """Keeps the promises of `bus.ports.Reader`."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    async def read(self, partition: Partition, offset: int, *, limit: int) -> Sequence[Received]:
        """As `Reader.read`."""
        self._cluster.check("reading")
        return self._cluster.log(partition).read(offset, limit=limit)

    async def bounds(self, partition: Partition) -> Bounds:
        """As `Reader.bounds`."""
        self._cluster.check("asking for offsets")
        return self._cluster.log(partition).bounds

    async def offset_at(self, partition: Partition, timestamp: int) -> int:
        """As `Reader.offset_at`."""
        self._cluster.check("asking for an offset by time")
        return self._cluster.log(partition).offset_at(timestamp)

    async def partitions(self, topic: str) -> int:
        """As `Reader.partitions`."""
        self._cluster.check("asking for partitions")
        return len(self._cluster.partitions(topic))
