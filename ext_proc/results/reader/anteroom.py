"""Where streams wait whose query has not begun: they are told where it stands, and again when that has changed.

One round every two seconds looks at everybody who waits, a few at a time, so that between two of them others have their
turns; only whoever has news is woken. A stream without news costs a look, and nothing where nobody waits.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

from ext_proc.results.live.proofs import Proofs
from ext_proc.results.reader.lookup import SKEW, proof
from ext_proc.results.reader.opening import Opening
from ext_proc.results.reader.prospects import NoProspects, Prospect, Prospects
from ext_proc.results.reader.subscriber import Subscriber

QUEUED = "queued"
EVERY = 2.0
"""Seconds between two rounds, and at least between two times that one reader is told."""
SLICE = 100
"""Streams that are looked at in one turn of the loop."""


class Anteroom:
    """Knows who waits, and of what everybody who asks may be told."""

    def __init__(self, *, proofs: Proofs, prospects: Prospects | None = None, every: float = EVERY) -> None:
        self.every = every
        self._proofs = proofs
        self._prospects = prospects or NoProspects()
        self._guests: dict[Guest, None] = {}
        self._occupied = asyncio.Event()

    def prospect(self, subscriber: Subscriber) -> Prospect | None:
        """How it stands with the reader's query, if it has not begun; `None` where that is not known."""
        asked_at = self.asked_at(subscriber)
        return None if asked_at is None else self._prospects.of(subscriber.wants, asked_at=asked_at)

    def asked_at(self, subscriber: Subscriber) -> int | None:
        """When the reader's query was written (ms since the epoch), where memory knows."""
        return self._proofs.seen(proof(subscriber))

    def enter(self, guest: "Guest") -> None:
        """One more waits."""
        self._guests[guest] = None
        self._occupied.set()

    def leave(self, guest: "Guest") -> None:
        """It waits no more; it may have left already."""
        self._guests.pop(guest, None)
        if not self._guests:
            self._occupied.clear()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Makes its rounds while the context is open."""
        async with asyncio.TaskGroup() as tasks:
            work = tasks.create_task(self._run(), name="anteroom")
            try:
                yield
            finally:
                work.cancel()

    async def _run(self) -> None:
        while True:
            await self._occupied.wait()
            await asyncio.sleep(self.every)
            await self._round()

    async def _round(self) -> None:
        for number, guest in enumerate(list(self._guests), start=1):
            if guest in self._guests:
                guest.look()
            if number % SLICE == 0:
                await asyncio.sleep(0)


class Guest:
    """One stream's waiting. It ends for good with the first event of its key."""

    __slots__ = ("_anteroom", "_news", "_subscriber", "_told", "_told_at")

    def __init__(self, *, subscriber: Subscriber, anteroom: Anteroom) -> None:
        self._subscriber = subscriber
        self._anteroom = anteroom
        self._told: Prospect | None = None
        self._told_at = 0.0
        self._news: Prospect | None = None

    def begin(self, opening: Opening) -> Opening:
        """The stream begins, with an opening that says where the query stands."""
        if not self._waits(opening):
            return opening
        self._anteroom.enter(self)
        prospect = self._anteroom.prospect(self._subscriber)
        if opening.greeting != QUEUED or prospect is None:
            return opening
        self._told, self._told_at = prospect, asyncio.get_running_loop().time()
        return replace(opening, data={**opening.data, **prospect.members()})

    def end(self) -> None:
        """The query has begun, or the stream has ended."""
        self._anteroom.leave(self)
        self._news = None

    def look(self) -> None:
        """Looks for news, and wakes the stream where there are."""
        now = asyncio.get_running_loop().time()
        if self._told is not None and now - self._told_at < self._anteroom.every:
            return
        prospect = self._anteroom.prospect(self._subscriber)
        if prospect is not None and (self._told is None or prospect.is_news_after(self._told)):
            self._news, self._told_at = prospect, now
            self._subscriber.wake()

    def news(self) -> Mapping[str, object] | None:
        """What the reader is to be told now; `None` where there is nothing new. It is told once."""
        if self._news is None:
            return None
        self._told, self._news = self._news, None
        return {"query_id": self._subscriber.wants.query_id, **self._told.members()}

    def _waits(self, opening: Opening) -> bool:
        """Nothing of the key is there, as far as memory reaches, and the reader wants to know."""
        subscriber = self._subscriber
        if subscriber.key is None or opening.events or not subscriber.wants.query_id or not subscriber.shows(QUEUED):
            return False
        return self._reaches(opening) and not any(map(subscriber.sees, subscriber.lane.channel.events))

    def _reaches(self, opening: Opening) -> bool:
        wants = self._subscriber.wants
        if opening.greeting == QUEUED and wants.start == "earliest":
            return True  # what there was would be in the opening, or be read now
        since = wants.since if wants.since is not None else self._anteroom.asked_at(self._subscriber)
        return self._subscriber.lane.channel.holds_since(None if since is None else since - SKEW)
