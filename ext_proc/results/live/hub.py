"""Where the feed's records meet those who wait for them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager

from bus.partitioner import partition_of
from bus.records import Partition, Received
from ext_proc.results.errors import Busy
from ext_proc.results.live.channel import Channel, Horizon
from ext_proc.results.live.event import Event
from ext_proc.results.live.history import History
from ext_proc.results.live.partitions import Partitions
from ext_proc.results.live.proofs import Proofs
from ext_proc.results.live.topics import Topics
from ext_proc.results.reader.lane import Lane
from ext_proc.results.reader.subscriber import Subscriber
from ext_proc.results.reader.subscription import Subscription
from ext_proc.results.trust import Trust, anybody

PROOFS = 100_000  # keys remembered from `known_by` topics, about 25 MB
TOPIC_BYTES = 16 * 1024 * 1024
_NONE: frozenset[str] = frozenset()


class Hub:
    """Recent events of some topics, and their readers. Everything happens on the event loop, so nothing is half done."""

    def __init__(
        self, *, topics: Topics, history_bytes: int, topic_bytes: int = TOPIC_BYTES, trust: Trust = anybody
    ) -> None:
        self.history = History(limit=history_bytes)
        self.partitions = Partitions(topics=topics.whole, limit=topic_bytes)
        self.proofs = Proofs(limit=PROOFS, shared=topics.shared)
        self._keyed, self._whole, self._streamed = topics.events, topics.whole, topics.streamed
        self._proving, self._unsigned = topics.proofs, topics.unsigned
        self._headers = topics.headers
        self._trust = trust
        self._horizons: dict[tuple[str, int], Horizon] = {}
        self._counts: Counter[str] = Counter()
        self._followers: dict[str, set[Subscriber]] = {topic: set() for topic in topics.whole}

    def begin(self, partition: Partition, *, offset: int, before: int) -> None:
        """The feed follows `partition` from `offset` on; no record below is younger than `before` (ms)."""
        if partition in self._horizons or partition.topic not in self._streamed:
            return
        horizon = self._horizons[partition] = Horizon(at=partition, floor=offset, before=before, position=offset)
        self._counts[partition.topic] += 1
        if partition.topic in self._whole:
            channel = self.partitions.begin(horizon)
            for follower in self._followers[partition.topic]:
                _join(channel, follower)

    def positions(self) -> Mapping[Partition, int]:
        """The next offset expected of each partition."""
        return {horizon.at: horizon.position for horizon in self._horizons.values()}

    def sizes(self) -> Mapping[str, int]:
        """Bytes of events in memory, by topic."""
        keys, whole = self.history.sizes, self.partitions.sizes
        return {topic: keys.get(topic, 0) + whole.get(topic, 0) for topic in self._streamed}

    def push(self, records: Sequence[Received]) -> None:
        """Takes what the feed brings. Looks at keys and headers; never into a body, and at a signature for a proof alone."""
        for record in records:
            topic = record.topic
            if topic in self._proving and (topic in self._unsigned or self._trust(record)):
                self.proofs.add(record)
            if topic in self._streamed:
                self._keep(record)

    def _keep(self, record: Received) -> None:
        topic, offset = record.topic, record.offset
        horizon = self._horizons.get((topic, record.partition))
        if horizon is None:  # the topic has grown
            self.begin(record.at, offset=offset, before=record.timestamp)
            horizon = self._horizons[record.at]
        if offset < horizon.position:  # the tail was opened again a little too early
            return
        horizon.position = offset + 1
        event = Event(record, keep=self._headers.get(topic, _NONE))
        if record.key is not None and topic in self._keyed:
            self.history.append(event, record.key, horizon)
        if topic in self._whole:
            self.partitions.append(event)

    def lose(self, partition: Partition, *, position: int, now: int) -> None:
        """The feed has to go on at `position` and knows nothing of what lies before."""
        if horizon := self._horizons.get(partition):
            self.history.lose(horizon, position=position, now=now)
            self.partitions.lose(partition, position=position, now=now)

    def horizon(self, wants: Subscription) -> Horizon:
        """What memory holds of the partition that the subscription's key is in.

        Raises:
            Busy: The feed does not follow it, or not yet.
        """
        number = partition_of(wants.partition_name, self._counts[wants.topic] or 1)
        horizon = self._horizons.get((wants.topic, number))
        if horizon is None or wants.topic not in self._keyed:
            raise Busy(what=f"{wants.topic}[{number}] is not followed")
        return horizon

    def watching(self, subscriber: Subscriber) -> AbstractContextManager[None]:
        """Keeps `subscriber` at its channels while the context is open.

        Raises:
            Busy: The feed does not follow them, or not yet.
        """
        return self._watching_topic(subscriber) if subscriber.key is None else self._watching_key(subscriber)

    @contextmanager
    def _watching_key(self, subscriber: Subscriber) -> Iterator[None]:
        horizon = self.horizon(subscriber.wants)
        name = (*horizon.at, subscriber.key or b"")
        lane = Lane(subscriber)
        lane.follow(self.history.watch(name, horizon, lane))
        try:
            yield
        finally:
            self.history.unwatch(name, lane)
            subscriber.leave()

    @contextmanager
    def _watching_topic(self, subscriber: Subscriber) -> Iterator[None]:
        topic = subscriber.wants.topic
        channels = self.partitions.of(topic)
        if not channels:
            raise Busy(what=f"{topic} is not followed")
        for channel in channels.values():
            _join(channel, subscriber)
        self._followers[topic].add(subscriber)
        try:
            yield
        finally:
            self._followers[topic].remove(subscriber)
            for lane in subscriber.lanes:
                lane.channel.watchers.remove(lane)
            subscriber.leave()


def _join(channel: Channel, subscriber: Subscriber) -> None:
    lane = Lane(subscriber)
    channel.watchers.add(lane)
    lane.follow(channel)
