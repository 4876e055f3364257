"""A reader's view of one channel: a place in it, not a copy of it. A stream of a key has one lane, that of a topic many.

A lane holds no events. The history is every reader's buffer, so a reader costs the same whether it is quick or slow.
"""

from collections.abc import Sequence
from typing import Protocol

from ext_proc.results.live.channel import Channel
from ext_proc.results.live.event import Event

TAKE = 64  # events at once


class Reader(Protocol):
    """Whose lane it is."""

    def opened(self, lane: "Lane") -> None:
        """The lane follows its channel."""

    def arrived(self, lane: "Lane") -> None:
        """One more event waits in the lane."""

    def ready(self, lane: "Lane") -> None:
        """The lane may have something to do."""


class Lane:
    """As `Watches`.

    Attributes:
        channel: What is followed.
        number: The partition's.
        cursor: The offset of the first record that the reader has not had.
        joined: The first offset that is live: it arrived after the reader came.
        waiting: Events that have arrived and were not taken.
        queued: The lane waits for its turn.
    """

    __slots__ = ("_reader", "channel", "cursor", "joined", "number", "queued", "waiting")

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.channel: Channel
        self.number = 0
        self.cursor = 0
        self.joined = 0
        self.waiting = 0
        self.queued = False

    def follow(self, channel: Channel) -> None:
        """Begins to follow `channel`; what arrives from now on is live."""
        self.channel = channel
        self.number = channel.horizon.at.number
        self.joined = channel.horizon.position
        self._reader.opened(self)

    @property
    def needs_past(self) -> bool:
        """Memory no longer holds (or never held) what comes next."""
        return self.cursor < self.channel.floor

    @property
    def has_news(self) -> bool:
        """Memory holds something that was not taken yet."""
        events = self.channel.events
        return bool(events) and events[-1].offset >= self.cursor

    @property
    def has_work(self) -> bool:
        """Something comes next, wherever it is."""
        return self.needs_past or self.has_news

    def take(self) -> Sequence[Event]:
        """The next events that memory holds; moves the cursor past them."""
        events = self.channel.since(self.cursor, limit=TAKE)
        if events:
            self.cursor = events[-1].offset + 1
            self.waiting = max(0, self.waiting - len(events))
        return events

    def moved(self, cursor: int) -> None:
        """The reader has had everything before `cursor`, out of Kafka."""
        self.cursor = cursor
        self.waiting = 0

    def catch_up(self) -> None:
        """Moves the cursor past what is other keys' alone, so that it does not grow old while nothing comes."""
        if not self.needs_past and not self.has_news:
            self.cursor = max(self.cursor, self.channel.horizon.position)

    def arrived(self) -> None:
        """As `Watches`."""
        self.waiting += 1
        self._reader.arrived(self)

    def wake(self) -> None:
        """As `Watches`."""
        self._reader.ready(self)
