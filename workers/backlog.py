"""Records that wait for their turn.

Each tier has a lane, and lanes take turns by weight (`workers.turns`): who floods a lane stands in it alone.
Within a key there is one record at a time, in order. The next one of a key steps into its own lane, at its end,
when the one before is done; the records of one key may be of different tiers.
What is wanted no more goes before all lanes, since so little is left to do for it.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from bus.records import Partition, Received
from workers.turns import Turns

LaneOf = Callable[[Received], str]

OBJECTS = 2048  # bytes that Python takes for a record and the names of its dozen headers, beside what is in them


def key_of(record: Received) -> Hashable:
    """What must stay in order: the records of a key. A record without a key waits for none."""
    return record.key if record.key is not None else (record.at, record.offset)


def size_of(record: Received) -> int:
    """About as many bytes as it takes in memory."""
    said = sum([len(value) for _, value in record.headers])
    return OBJECTS + said + len(record.key or b"") + len(record.value or b"")


@dataclass(slots=True)
class _Lane:
    """Of each key one record is ready at most; `waiting` counts those behind others of their keys as well."""

    ready: OrderedDict[Hashable, Received] = field(default_factory=OrderedDict)
    waiting: int = 0
    in_work: int = 0


class Backlog:
    """Its size is bounded by the loop, which stops reading at a bound (`workers.window`).

    Args:
        turns: Whose turn it is.
        lane_of: A record's lane: its tier.
        each: Records in work of one lane at most, those that rest included. While a lane's model is away, that much of
            it is tried and tried again, and the rest of it, and every other lane, goes on waiting or working.
    """

    def __init__(self, *, turns: Turns, lane_of: LaneOf, each: int) -> None:
        self._turns = turns
        self._lane_of = lane_of
        self._each = each
        self._lanes: dict[str, _Lane] = {}
        self._busy: dict[Hashable, str] = {}  # keys with a record ready or in work, and its lane
        self._behind: dict[Hashable, deque[Received]] = {}
        self._unwanted: OrderedDict[Hashable, Received] = OrderedDict()
        self._size = 0
        self._bytes = 0

    def put(self, record: Received, *, unwanted: bool = False) -> None:
        """Adds a record behind the others of its key; `unwanted` as if `hasten` were called next."""
        key, lane = key_of(record), self._lane_of(record)
        self._size += 1
        self._bytes += size_of(record)
        self._lane(lane).waiting += 1
        if key in self._busy:
            self._behind.setdefault(key, deque()).append(record)
            return
        self._step_in(key, lane, record)
        if unwanted:
            self.hasten(key)

    def take(self) -> Received | None:
        """The next record that may be handled now; its key is busy until `done`."""
        open_ = [name for name, lane in self._lanes.items() if lane.ready and lane.in_work < self._each]
        if not open_:
            return None
        key, record = self._lanes[self._turns.next(open_)].ready.popitem(last=False)
        return self._begin(key, record)

    def take_unwanted(self) -> Received | None:
        """The next of the records that were hastened, as `take`; it costs its lane no turn, and has room of its own."""
        key = next(iter(self._unwanted), None)
        if key is None or self._lanes[self._busy[key]].in_work >= 2 * self._each:
            return None
        return self._begin(key, self._unwanted.pop(key))

    def done(self, record: Received) -> None:
        """The record is no longer in work: the next one of its key may be taken."""
        key = key_of(record)
        self._lanes[self._busy[key]].in_work -= 1
        self._release(key)

    def next_of(self, key: Hashable) -> Received | None:
        """The record of a key that may be taken, where one waits for nothing but its turn."""
        lane = self._lanes.get(self._busy.get(key, ""))
        return lane.ready.get(key) if lane else None

    def hasten(self, key: Hashable) -> None:
        """Lets that record go before all others; where there is none, nothing happens."""
        lane = self._lanes.get(self._busy.get(key, ""))
        if lane and key in lane.ready:
            self._unwanted[key] = lane.ready.pop(key)

    def discard(self, partitions: Collection[Partition]) -> None:
        """Forgets what waits of these partitions; not what is in work."""
        gone = frozenset(partitions)
        for key, behind in list(self._behind.items()):
            self._behind[key] = deque(record for record in behind if record.at not in gone)
            for record in behind:
                if record.at in gone:
                    self._count_out(record, self._lane_of(record))
        for ready in (self._unwanted, *(lane.ready for lane in self._lanes.values())):
            for key, record in [(key, record) for key, record in ready.items() if record.at in gone]:
                del ready[key]
                self._count_out(record, self._busy[key])
                self._release(key)

    @property
    def bytes(self) -> int:
        """About as many as what waits takes in memory."""
        return self._bytes

    def waiting(self, lane: str) -> int:
        """Records of a lane that wait, those behind others of their keys included."""
        return self._lane(lane).waiting

    def in_work(self, lane: str) -> int:
        """Records of a lane that were taken and are not done."""
        return self._lane(lane).in_work

    def sample(self, lane: str, *, limit: int) -> Sequence[Received]:
        """Up to `limit` of what is ready in a lane, evenly spread from its first to its last, in the order of their turns."""
        ready = self._lane(lane).ready
        last = len(ready) - 1
        if last < limit:
            return list(ready.values())
        wanted = {number * last // (limit - 1) for number in range(limit)}
        return [record for number, record in enumerate(islice(ready.values(), last + 1)) if number in wanted]

    def __len__(self) -> int:
        return self._size

    def _lane(self, name: str) -> _Lane:
        lane = self._lanes.get(name)
        if lane is None:
            lane = self._lanes[name] = _Lane()
        return lane

    def _step_in(self, key: Hashable, lane: str, record: Received) -> None:
        self._busy[key] = lane
        self._lanes[lane].ready[key] = record

    def _begin(self, key: Hashable, record: Received) -> Received:
        lane = self._busy[key]
        self._count_out(record, lane)
        self._lanes[lane].in_work += 1
        return record

    def _count_out(self, record: Received, lane: str) -> None:
        self._lanes[lane].waiting -= 1
        self._size -= 1
        self._bytes -= size_of(record)

    def _release(self, key: Hashable) -> None:
        del self._busy[key]
        if behind := self._behind.get(key):
            following = behind.popleft()
            self._step_in(key, self._lane_of(following), following)
        else:
            self._behind.pop(key, None)
