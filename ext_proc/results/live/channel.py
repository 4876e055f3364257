"""One key of one partition, or one whole partition: its recent events, and who watches it."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Protocol

from bus.records import Partition
from ext_proc.results.live.event import Event

_offset = attrgetter("offset")


class Watches(Protocol):
    """Whoever is told of news. It must not add or remove watchers while it is told."""

    def arrived(self) -> None:
        """The channel has one more event."""

    def wake(self) -> None:
        """Something else has changed: look again."""


@dataclass(slots=True)
class Horizon:
    """What memory holds of one partition.

    Attributes:
        at: The partition.
        floor: Of a key that has no channel, every record from here on is in memory: there is none.
        before: Of such a key, no record below `floor` has a later timestamp (ms) than this.
        position: The next offset that the feed will bring.
    """

    at: Partition
    floor: int
    before: int
    position: int


class Channel:
    """The events of one key, or of a whole partition, that memory holds.

    It holds every such record from `floor` up to the horizon's position;
    below `floor` there is none younger than `before` (ms).
    """

    __slots__ = ("_key", "before", "events", "floor", "horizon", "latest", "size", "watchers")

    def __init__(self, horizon: Horizon, *, key: bytes | None = None) -> None:
        self._key = key
        self.horizon = horizon
        self.floor = horizon.floor
        self.before = horizon.before
        self.events: list[Event] = []
        self.watchers: set[Watches] = set()
        self.size = 0
        self.latest = 0

    def append(self, event: Event) -> None:
        """Adds the newest event."""
        if self._key is not None:
            event.key = self._key  # the same bytes, once for all
        self.events.append(event)
        self.latest = max(self.latest, event.timestamp)

    def tell(self) -> None:
        """Tells the watchers of one more event."""
        for watcher in self.watchers:
            watcher.arrived()

    def since(self, offset: int, *, limit: int) -> Sequence[Event]:
        """Up to `limit` events from `offset` on."""
        events = self.events
        if not events or events[-1].offset < offset:
            return ()
        first = bisect_left(events, offset, key=_offset)
        return events[first : first + limit]

    def holds_since(self, timestamp: int | None) -> bool:
        """No record at or after a time in ms lies below the floor; `None` is the beginning of time."""
        return self.floor == 0 or (timestamp is not None and timestamp > self.before)

    def first_at(self, timestamp: int) -> int:
        """The offset of the first event at or after a time in ms; the horizon's position where there is none."""
        found = (event.offset for event in self.events if event.timestamp >= timestamp)
        return next(found, max(self.floor, self.horizon.position))

    def forget(self, count: int) -> None:
        """Forgets the oldest events; from now on they are to be had from Kafka alone."""
        gone = self.events[:count]
        self.floor = gone[-1].offset + 1
        self.before = max(self.before, *(event.timestamp for event in gone))
        del self.events[:count]

    def clear(self) -> None:
        """Forgets all events."""
        self.floor = self.events[-1].offset + 1
        self.before = max(self.before, self.latest)
        self.events = []

    def lose(self, position: int, *, now: int) -> None:
        """Forgets all, and whatever the feed has missed before `position`; whoever watches finds that out in Kafka."""
        self.floor, self.before, self.events = position, now, []
        for watcher in self.watchers:
            watcher.wake()
