"""Which offsets may be committed: for each partition, everything before the first unfinished record, and what is finished after it.

Nothing here waits or talks to Kafka. Offsets of a partition grow, but may have holes (compaction, marks of transactions).
"""

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Mapping

from bus.records import Commit, Partition
from workers import note


class _Track:
    def __init__(self, committed: int, done: Collection[int] = ()) -> None:
        self.open: deque[int] = deque()
        self.finished: set[int] = set()
        self.done = set(done)  # by whoever had the partition before; not met yet
        self.newest = -1
        self.committed = committed
        self.version = self.made = self.stored = 0  # of what is finished: now, in the last commit made, and as stored

    def begin(self, offset: int) -> bool:
        self.newest = offset
        self.open.append(offset)
        if offset not in self.done:
            return True
        self.done.discard(offset)
        self.finish(offset)
        return False

    def finish(self, offset: int) -> None:
        if not self.open or offset < self.open[0] or offset in self.finished:
            return  # it is finished already
        self.version += 1
        self.finished.add(offset)
        while self.open and self.open[0] in self.finished:
            self.finished.remove(self.open.popleft())

    def commit(self, more: Collection[int], serial: str) -> Commit:
        """As if `more` were finished too."""
        self.made = self.version
        finished = self.finished.union(more)
        unfinished = (offset for offset in self.open if offset not in finished)
        mark = next(unfinished, max(self.newest + 1, self.committed))
        beyond = [offset for offset in (*finished, *self.done) if offset > mark]
        return Commit(mark, note.encode(beyond, base=mark, serial=serial))


class Offsets:
    """Follows the records in work. Bounded by how many of them the loop takes on."""

    def __init__(self) -> None:
        self._tracks: dict[Partition, _Track] = {}
        self._serial = 0

    def resume(self, partition: Partition, commit: Commit) -> None:
        """The partition has come, and this is what is stored of it: what its note names is not begun again."""
        self._tracks[partition] = _Track(commit.offset, note.decode(commit.note, base=commit.offset))

    def begin(self, partition: Partition, offset: int) -> bool:
        """Takes a record on; `False` where it was taken on or finished before, and must not be again."""
        track = self._tracks.get(partition)
        if track is None:
            track = self._tracks[partition] = _Track(offset)  # reading began here, so that much is stored already
        return offset > track.newest and track.begin(offset)

    def finish(self, partition: Partition, offset: int) -> None:
        """Everything that follows from the record is acknowledged. Of a partition that has left, it no longer matters."""
        if track := self._tracks.get(partition):
            track.finish(offset)

    def due(self) -> dict[Partition, Commit]:
        """What there is to commit of each partition in which something was finished since it was last committed."""
        serial = self._next()
        return {at: track.commit((), serial) for at, track in self._tracks.items() if track.version > track.stored}

    def due_with(self, finishing: Iterable[tuple[Partition, int]]) -> dict[Partition, Commit]:
        """What there is to commit of the partitions of these records once they are finished, which they are not yet."""
        more: defaultdict[Partition, set[int]] = defaultdict(set)
        for partition, offset in finishing:
            more[partition].add(offset)
        serial = self._next()
        return {at: self._tracks[at].commit(offsets, serial) for at, offsets in more.items() if at in self._tracks}

    def committed(self, offsets: Mapping[Partition, Commit], finishing: Iterable[tuple[Partition, int]] = ()) -> None:
        """These are stored, as they were last made; with them the records of `finishing` are finished."""
        idle = [at for at in offsets if at in self._tracks and self._tracks[at].made == self._tracks[at].version]
        for partition, offset in finishing:
            self.finish(partition, offset)
        for partition, commit in offsets.items():
            if track := self._tracks.get(partition):
                track.committed = max(track.committed, commit.offset)
                track.stored = track.version if partition in idle else track.made

    def forget(self, partitions: Collection[Partition]) -> None:
        """These have left: what comes of them later begins anew."""
        for partition in partitions:
            self._tracks.pop(partition, None)

    def _next(self) -> str:
        self._serial += 1
        return str(self._serial)
