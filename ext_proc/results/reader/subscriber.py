"""One reader: what it may see, its lanes, and whether it keeps up.

`limit` says by how many events the feed may outrun a reader whose socket takes no more; past that it is cut.
"""

import asyncio
from collections.abc import Callable, Collection

from ext_proc.results.live.event import Event
from ext_proc.results.reader.lane import Lane
from ext_proc.results.reader.position import KeyPosition, Position, TopicPosition
from ext_proc.results.reader.subscription import Subscription
from ext_proc.results.trust import Trust, anybody


class Subscriber:
    """A reader of one key, or of one topic. It has a lane for each partition that it reads."""

    __slots__ = (
        "_conditions",
        "_cut",
        "_lanes",
        "_limit",
        "_news",
        "_ready",
        "_trust",
        "_user_id",
        "_waiter",
        "blocked",
        "key",
        "position",
        "wants",
    )

    def __init__(self, *, wants: Subscription, limit: int, trust: Trust = anybody) -> None:
        self.wants = wants
        self.key = None if wants.key is None else wants.key.encode()
        self.position: Position = TopicPosition() if self.key is None else KeyPosition()
        self.blocked = False
        self._user_id = wants.user_id.encode()
        self._conditions = [(each.header, frozenset(value.encode() for value in each.values)) for each in wants.filters]
        self._trust = trust
        self._limit = limit
        self._lanes: list[Lane] = []
        # Bounded by the lanes: each is there at most once. A deque would take 600 bytes of every reader.
        self._ready: list[Lane] = []
        self._cut: Callable[[], None] | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._news = False

    @property
    def lanes(self) -> Collection[Lane]:
        """All lanes, in no order."""
        return self._lanes

    @property
    def lane(self) -> Lane:
        """The one lane of a reader of a key."""
        return self._lanes[0]

    def on_cut(self, cut: Callable[[], None] | None) -> None:
        """Names what ends the stream of a reader that is too far behind; it is called once. `None` for nothing."""
        self._cut = cut

    def owns(self, event: Event) -> bool:
        """The event is the reader's own, as far as that matters here, and whoever wrote it was entitled to.

        One without an owner is nobody's.
        """
        wants = self.wants
        if wants.owner and event.user_id != self._user_id:
            return False
        return not wants.signed or event.trusted(self._trust)

    def sees(self, event: Event) -> bool:
        """The event is one that the reader may know of."""
        return self.owns(event) and (not self._conditions or self._fits(event))

    def _fits(self, event: Event) -> bool:
        return all(event.headers.get(name) in values for name, values in self._conditions)

    def shows(self, name: str) -> bool:
        """Events of that name are among those that the reader wants."""
        return not self.wants.only or name in self.wants.only

    def turn(self) -> Lane | None:
        """The next lane that has something to do; they take turns."""
        while self._ready:
            lane = self._ready.pop(0)
            lane.queued = False
            if lane.has_work:
                return lane
        return None

    def again(self, lane: Lane) -> None:
        """The lane has had its turn; if there is more to do in it, it will have another."""
        if lane.has_work:
            self.ready(lane)

    def catch_up(self) -> None:
        """Moves past everything that is not for this reader, in every lane where nothing waits."""
        for lane in self._lanes:
            lane.catch_up()
            self.position.passed(lane.number, lane.cursor)

    def opened(self, lane: Lane) -> None:
        """As `Reader`."""
        self._lanes.append(lane)
        lane.cursor = self.position.at(lane.number)
        self.position.passed(lane.number, lane.cursor)
        self.ready(lane)

    def leave(self) -> None:
        """Forgets its lanes, which know it too: together they would wait for the garbage collector."""
        self._lanes.clear()
        self._ready.clear()

    def arrived(self, lane: Lane) -> None:
        """As `Reader`."""
        if self.blocked and self._cut is not None and sum(each.waiting for each in self._lanes) > self._limit:
            cut, self._cut = self._cut, None
            cut()
        self.ready(lane)

    def ready(self, lane: Lane) -> None:
        """As `Reader`."""
        if not lane.queued:
            lane.queued = True
            self._ready.append(lane)
        self.wake()

    def wake(self) -> None:
        """Ends a wait."""
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
