"""Which offsets may be committed: for each partition, everything before the first unfinished record.

Nothing here waits or talks to Kafka. Offsets of a partition grow, but may have holes (compaction, marks of transactions).
"""

from collections import deque
from collections.abc import Collection, Mapping

from bus.records import Partition


class _Track:
    def __init__(self) -> None:
        self.open: deque[int] = deque()
        self.finished: set[int] = set()
        self.newest = -1
        self.committed = -1

    def low_water(self) -> int:
        """The next offset to be read after a crash: the first unfinished one."""
        return self.open[0] if self.open else self.newest + 1

    def finish(self, offset: int) -> None:
        self.finished.add(offset)
        while self.open and self.open[0] in self.finished:
            self.finished.remove(self.open.popleft())


class Offsets:
    """Follows the records in work. Bounded by how many of them the loop takes on."""

    def __init__(self) -> None:
        self._tracks: dict[Partition, _Track] = {}

    def begin(self, partition: Partition, offset: int) -> bool:
        """Takes a record on; `False` where it was taken on before, and must not be again."""
        track = self._tracks.setdefault(partition, _Track())
        if offset <= track.newest:
            return False
        if track.newest < 0:
            track.committed = offset  # reading began here, so that much is stored already
        track.newest = offset
        track.open.append(offset)
        return True

    def finish(self, partition: Partition, offset: int) -> None:
        """Everything that follows from the record is acknowledged. Of a partition that has left, it no longer matters."""
        if track := self._tracks.get(partition):
            track.finish(offset)

    def due(self) -> dict[Partition, int]:
        """The next offset of each partition that has moved since it was last committed."""
        marks = {partition: track.low_water() for partition, track in self._tracks.items()}
        return {partition: mark for partition, mark in marks.items() if mark > self._tracks[partition].committed}

    def committed(self, offsets: Mapping[Partition, int]) -> None:
        """These are stored."""
        for partition, offset in offsets.items():
            if track := self._tracks.get(partition):
                track.committed = max(track.committed, offset)

    def forget(self, partitions: Collection[Partition]) -> None:
        """These have left: what comes of them later begins anew."""
        for partition in partitions:
            self._tracks.pop(partition, None)
