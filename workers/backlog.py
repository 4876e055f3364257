"""Records that wait for their turn: one at a time for each key, in order; keys do not wait for each other."""

from collections import deque
from collections.abc import Collection, Hashable

from bus.records import Partition, Received


def lane_of(record: Received) -> Hashable:
    """What must stay in order: the records of a key. A record without a key waits for none."""
    return record.key if record.key is not None else (record.at, record.offset)


class Backlog:
    """Its size is bounded by the loop, which stops reading while too much is taken on."""

    def __init__(self) -> None:
        self._ready: deque[Received] = deque()
        self._busy: dict[Hashable, deque[Received]] = {}  # lanes with a record ready or in work, and what waits behind
        self._size = 0

    def put(self, record: Received) -> None:
        """Adds a record behind the others of its key."""
        lane = lane_of(record)
        self._size += 1
        if lane in self._busy:
            self._busy[lane].append(record)
        else:
            self._busy[lane] = deque()
            self._ready.append(record)

    def take(self) -> Received | None:
        """The next record that may be handled now; its key is busy until `done`."""
        if not self._ready:
            return None
        self._size -= 1
        return self._ready.popleft()

    def done(self, record: Received) -> None:
        """The record is no longer in work: the next one of its key may be taken."""
        lane = lane_of(record)
        behind = self._busy[lane]
        if behind:
            self._ready.append(behind.popleft())
        else:
            del self._busy[lane]

    def discard(self, partitions: Collection[Partition]) -> None:
        """Forgets what waits of these partitions; not what is in work."""
        for lane, behind in self._busy.items():
            self._busy[lane] = deque(record for record in behind if record.at not in partitions)
        leaving = [record for record in self._ready if record.at in partitions]
        self._ready = deque(record for record in self._ready if record.at not in partitions)
        for record in leaving:
            self.done(record)
        self._size = len(self._ready) + sum(map(len, self._busy.values()))

    def __len__(self) -> int:
        return self._size
