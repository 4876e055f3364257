"""One reader's view of a channel: a place in it, not a copy of it.

A reader holds no events. The history is every reader's buffer, so a reader costs the same whether it is quick or slow.
`limit` says by how many events the feed may outrun a reader whose socket takes no more; past that it is cut.
"""

import asyncio
from collections.abc import Callable, Sequence

from ext_proc.results.live.channel import Channel
from ext_proc.results.live.event import Event
from ext_proc.results.reader.subscription import Subscription

TAKE = 64  # events at once


class Subscriber:
    """A reader of one channel. `cursor` is the offset of the first record that it has not had."""

    __slots__ = ("_cut", "_limit", "_news", "_waiter", "behind", "blocked", "channel", "cursor", "joined", "wants")

    def __init__(self, *, wants: Subscription, limit: int) -> None:
        self.wants = wants
        self.channel: Channel
        self.cursor = 0
        self.joined = 0
        self.behind = 0
        self.blocked = False
        self._limit = limit
        self._cut: Callable[[], None] | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._news = False

    def join(self, channel: Channel) -> None:
        """Begins to follow `channel`; what arrives from now on is live."""
        self.channel = channel
        self.joined = channel.horizon.position

    def on_cut(self, cut: Callable[[], None]) -> None:
        """Names what ends the stream of a reader that is too far behind; it is called once."""
        self._cut = cut

    def sees(self, event: Event) -> bool:
        """The event is the reader's own. One without an owner is nobody's."""
        return event.user_id is not None and event.user_id == self.wants.user_id.encode()

    def take(self) -> Sequence[Event]:
        """The next events that memory holds and the reader may see; moves the cursor past them."""
        events = self.channel.since(self.cursor, limit=TAKE)
        self.behind = max(0, self.behind - len(events))
        if events:
            self.cursor = events[-1].offset + 1
        return [event for event in events if self.sees(event)]

    def moved(self, cursor: int) -> None:
        """The reader has had everything before `cursor`, out of Kafka."""
        self.cursor = cursor
        self.behind = 0

    def catch_up(self) -> None:
        """Moves the cursor past what is other keys' alone, so that it does not grow old while nothing comes."""
        if not self.needs_past and not self.has_news:
            self.cursor = max(self.cursor, self.channel.horizon.position)

    @property
    def needs_past(self) -> bool:
        """Memory no longer holds (or never held) what comes next."""
        return self.cursor < self.channel.floor

    @property
    def has_news(self) -> bool:
        """Memory holds something that was not taken yet."""
        events = self.channel.events
        return bool(events) and events[-1].offset >= self.cursor

    def arrived(self) -> None:
        """As `Watches`."""
        self.behind += 1
        if self.blocked and self.behind > self._limit and self._cut is not None:
            cut, self._cut = self._cut, None
            cut()
        self.wake()

    def wake(self) -> None:
        """As `Watches`."""
        self._news = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def wait(self, seconds: float) -> None:
        """Returns when it was woken since the last wait, or after `seconds`."""
        if not self._news:
            loop = asyncio.get_running_loop()
            self._waiter = loop.create_future()
            timer = loop.call_later(max(seconds, 0.0), self.wake)
            try:
                await self._waiter
            finally:
                timer.cancel()
                self._waiter = None
        self._news = False

    async def until(self, met: Callable[[], bool], *, end: float) -> bool:
        """Whether `met` comes true before `end`, in the loop's time; asks again whenever there are news."""
        loop = asyncio.get_running_loop()
        while not met():
            if (left := end - loop.time()) <= 0:
                return False
            await self.wait(left)
        return True
