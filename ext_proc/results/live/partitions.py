"""Recent records of topics that are followed whole, by partition. Past a topic's bound its oldest are forgotten."""

from collections import Counter, deque
from collections.abc import Collection, Mapping

from bus.records import Partition
from ext_proc.results.live.channel import Channel, Horizon
from ext_proc.results.live.event import Event

SLACK = 0.9  # of the bound is left when it was reached, so that forgetting is not the work of each record


class Partitions:
    """A channel for each partition of some topics; `limit` bounds the bytes of each topic."""

    def __init__(self, *, topics: Collection[str], limit: int) -> None:
        self._recent: dict[str, deque[Channel]] = {
            topic: deque() for topic in topics
        }  # one entry an event, oldest first
        self._channels: dict[str, dict[int, Channel]] = {topic: {} for topic in topics}
        self._limit = limit
        self.sizes: dict[str, int] = dict.fromkeys(topics, 0)

    def of(self, topic: str) -> Mapping[int, Channel]:
        """The channels of a topic, by partition; none where it is not followed whole."""
        return self._channels.get(topic, {})

    def begin(self, horizon: Horizon) -> Channel:
        """The channel of a partition that is new."""
        channel = self._channels[horizon.at.topic][horizon.at.number] = Channel(horizon)
        return channel

    def append(self, event: Event) -> None:
        """Keeps an event and tells its watchers."""
        topic, channel = event.topic, self._channels[event.topic][event.partition]
        channel.append(event)
        self._recent[topic].append(channel)
        self.sizes[topic] += event.size
        if self.sizes[topic] > self._limit:
            self._forget(topic)
        channel.tell()

    def lose(self, partition: Partition, *, position: int, now: int) -> None:
        """Forgets a partition: the feed goes on at `position`, and may have missed what lay before it."""
        lost = self.of(partition.topic).get(partition.number)
        if lost is None:
            return
        self.sizes[partition.topic] -= sum(event.size for event in lost.events)
        self._recent[partition.topic] = deque(each for each in self._recent[partition.topic] if each is not lost)
        lost.lose(position, now=now)

    def _forget(self, topic: str) -> None:
        counts: Counter[Channel] = Counter()
        while self.sizes[topic] > self._limit * SLACK:
            channel = self._recent[topic].popleft()
            self.sizes[topic] -= channel.events[counts[channel]].size
            counts[channel] += 1
        for channel, count in counts.items():
            channel.forget(count)
