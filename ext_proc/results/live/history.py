"""Recent events by key, bounded by their bytes. Past the bound the keys silent for longest are forgotten, whole."""

from collections import OrderedDict

from ext_proc.results.live.channel import Channel, Horizon, Watches
from ext_proc.results.live.event import Event

Key = tuple[str, int, bytes]
"""Topic, partition and key: a key whose writers do not agree on its partition has a channel in each."""

# What a key costs besides its events: its channel, its name and its places in the tables, measured and rounded up.
OVERHEAD = 650


class History:
    """Channels by topic, partition and key.

    A channel is kept while it has events or watchers.
    When one is forgotten, its partition's horizon rises to what was forgotten,
    so that a key without a channel never claims to be complete when it is not.
    """

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._recent: OrderedDict[Key, Channel] = OrderedDict()
        self._watched: dict[Key, Channel] = {}
        self.size = 0
        self.sizes: dict[str, int] = {}

    def append(self, event: Event, key: bytes, horizon: Horizon) -> None:
        """Keeps an event of the key and tells its watchers."""
        name = (event.topic, event.partition, key)
        channel = self._recent.get(name)
        if channel is None:
            channel = self._recent[name] = self._watched.get(name) or Channel(horizon, key=key)
            self._grow(name, channel, OVERHEAD)
        else:
            self._recent.move_to_end(name)
        channel.append(event)
        self._grow(name, channel, event.size)
        while self.size > self._limit:
            self._forget_oldest()
        channel.tell()

    def watch(self, name: Key, horizon: Horizon, watcher: Watches) -> Channel:
        """The key's channel, which from now on tells `watcher`."""
        channel = self._watched.get(name) or self._recent.get(name) or Channel(horizon, key=name[-1])
        self._watched[name] = channel
        channel.watchers.add(watcher)
        return channel

    def unwatch(self, name: Key, watcher: Watches) -> None:
        """Ends `watch`."""
        channel = self._watched[name]
        channel.watchers.remove(watcher)
        if not channel.watchers:
            del self._watched[name]

    def lose(self, horizon: Horizon, *, position: int, now: int) -> None:
        """Forgets a partition: the feed goes on at `position`, and may have missed what lay before it.

        Whoever watches finds that out in Kafka, and so learns of a gap if there is one.
        """
        horizon.floor = horizon.position = position
        horizon.before = now
        for name, channel in [(n, c) for n, c in self._recent.items() if c.horizon is horizon]:
            del self._recent[name]
            self._grow(name, channel, -channel.size)
            channel.clear()
        for channel in [c for c in self._watched.values() if c.horizon is horizon]:
            channel.lose(position, now=now)

    def _forget_oldest(self) -> None:
        name, channel = self._recent.popitem(last=False)
        self._grow(name, channel, -channel.size)
        channel.clear()
        horizon = channel.horizon
        horizon.floor = max(horizon.floor, channel.floor)
        horizon.before = max(horizon.before, channel.latest)

    def _grow(self, name: Key, channel: Channel, size: int) -> None:
        channel.size += size
        self.size += size
        self.sizes[name[0]] = self.sizes.get(name[0], 0) + size
