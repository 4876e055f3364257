"""The records of one partition, kept in a list."""

from bisect import bisect_left
from collections.abc import Sequence

from bus.errors import OffsetOutOfRange
from bus.records import Bounds, Partition, Received, Record


class PartitionLog:
    """An append-only log that can lose its beginning, as retention does."""

    def __init__(self, partition: Partition) -> None:
        self._partition = partition
        self._records: list[Received] = []
        self._earliest = 0

    @property
    def bounds(self) -> Bounds:
        """The offsets held."""
        return Bounds(self._earliest, self._earliest + len(self._records))

    def append(self, record: Record, *, timestamp: int) -> Received:
        """Writes a record at the end."""
        received = Received(
            topic=record.topic,
            partition=self._partition.number,
            offset=self.bounds.end,
            timestamp=timestamp,
            key=record.key,
            value=record.value,
            headers=record.headers,
        )
        self._records.append(received)
        return received

    def read(self, offset: int, *, limit: int) -> Sequence[Received]:
        """Up to `limit` records from `offset` on.

        Raises:
            OffsetOutOfRange: `offset` is older than the earliest one held.
        """
        if offset < self._earliest:
            raise OffsetOutOfRange(partition=self._partition, offset=offset, earliest=self._earliest)
        start = offset - self._earliest
        return self._records[start : start + limit]

    def offset_at(self, timestamp: int) -> int:
        """The first offset at or after `timestamp`, else the end. Time must not have run backwards."""
        return self._earliest + bisect_left(self._records, timestamp, key=lambda record: record.timestamp)

    def trim(self, offset: int) -> None:
        """Forgets the records before `offset`."""
        offset = min(max(offset, self._earliest), self.bounds.end)
        del self._records[: offset - self._earliest]
        self._earliest = offset
