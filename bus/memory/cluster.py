"""What a Kafka cluster holds: topics, their partitions, groups, and whether it answers."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence

from bus.errors import BusUnavailable, TopicMismatch, UnknownTopic
from bus.memory.group import Group
from bus.memory.partition_log import PartitionLog
from bus.partitioner import partition_of
from bus.records import Partition, Receipt, Record
from runtime.settings.kafka import TopicSettings

Clock = Callable[[], int]


def wall_clock() -> int:
    """Milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


class Cluster:
    """The state that every client of one in-memory bus shares."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._topics: dict[str, TopicSettings] = {}
        self._logs: dict[Partition, PartitionLog] = {}
        self._groups: dict[str, Group] = {}
        self._epochs: Counter[str] = Counter()
        self._doubts: deque[bool] = deque()
        self._changed = asyncio.Event()
        self._keyless = 0
        self._available = True

    @property
    def available(self) -> bool:
        """Whether it answers."""
        return self._available

    @available.setter
    def available(self, value: bool) -> None:
        self._available = value
        self.notify()

    def check(self, doing: str) -> None:
        """Raises `BusUnavailable` while the cluster is down."""
        if not self.available:
            raise BusUnavailable(doing=doing)

    async def up(self) -> None:
        """Returns when it answers."""
        while not self._available:
            await self._changed.wait()

    def partitions(self, topic: str) -> list[Partition]:
        """The partitions of a topic.

        Raises:
            UnknownTopic: There is no such topic.
        """
        if topic not in self._topics:
            raise UnknownTopic(topic=topic)
        return [Partition(topic, number) for number in range(self._topics[topic].partitions)]

    def log(self, partition: Partition) -> PartitionLog:
        """The log of a partition.

        Raises:
            UnknownTopic: There is no such topic, or partition.
        """
        try:
            return self._logs[partition]
        except KeyError:
            raise UnknownTopic(topic=partition.topic) from None

    def group(self, name: str) -> Group:
        """The consumer group of that name, made at its first use."""
        return self._groups.setdefault(name, Group(name))

    def fence(self, name: str) -> int:
        """The epoch of a new writer of that name; those of lower ones are over."""
        self._epochs[name] += 1
        return self._epochs[name]

    def epoch(self, name: str) -> int:
        """The epoch of the newest writer of that name."""
        return self._epochs[name]

    def doubt(self, *, landed: bool) -> None:
        """Leaves one more of the coming transactions undecided."""
        self._doubts.append(landed)

    def doubted(self) -> bool | None:
        """Whether a transaction that is committed now lands without a word of it; `None` where there is no doubt."""
        return self._doubts.popleft() if self._doubts else None

    def place(self, record: Record) -> PartitionLog:
        """Where a record goes.

        Raises:
            UnknownTopic: There is no such topic.
        """
        return self.log(self._partition_for(record))

    def append(self, record: Record) -> Receipt:
        """Writes a record and wakes those who wait for one."""
        (receipt,) = self.append_all([(self.place(record), record)])
        return receipt

    def append_all(self, placed: Sequence[tuple[PartitionLog, Record]]) -> list[Receipt]:
        """Writes records, all at once, and wakes those who wait for one."""
        now = self._clock()
        written = [log.append(record, timestamp=now) for log, record in placed]
        self.notify()
        return [
            Receipt(topic=one.topic, partition=one.partition, offset=one.offset, timestamp=one.timestamp)
            for one in written
        ]

    def ensure(self, topics: Mapping[str, TopicSettings]) -> None:
        """As `Admin.ensure`."""
        self.check("checking topics")
        for name, wanted in topics.items():
            found = self._topics.get(name)
            if found is None:
                self._create(name, wanted)
            elif found.partitions < wanted.partitions:
                _mismatch(name, "partitions", wanted.partitions, found.partitions)
            elif found.cleanup != wanted.cleanup:
                _mismatch(name, "cleanup.policy", wanted.cleanup, found.cleanup)
        self.notify()

    def grow(self, topic: str, partitions: int) -> None:
        """Gives a topic more partitions."""
        self._create(topic, self._topics[topic].model_copy(update={"partitions": partitions}))
        self.notify()

    def notify(self) -> None:
        """Wakes those who wait for a change."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def changed(self) -> asyncio.Event:
        """An event that the next change sets; take it before looking, so that no change is missed."""
        return self._changed

    def _create(self, name: str, settings: TopicSettings) -> None:
        self._topics[name] = settings
        for partition in self.partitions(name):
            self._logs.setdefault(partition, PartitionLog(partition))

    def _partition_for(self, record: Record) -> Partition:
        count = len(self.partitions(record.topic))
        key = record.key if record.partition_key is None else record.partition_key
        if key is None:
            self._keyless += 1
            return Partition(record.topic, self._keyless % count)
        return Partition(record.topic, partition_of(key, count))


def _mismatch(topic: str, setting: str, expected: object, found: object) -> None:
    raise TopicMismatch(topic=topic, setting=setting, expected=str(expected), found=str(found))
