"""How the stream of a key begins.

A reader that was here before says with an id what it has had. One that is new gets everything of its key: the key is no
older than its subscription says (`since`), or than its proof (`known_by`), or else as old as Kafka. Or it says itself
from when on it wants to know.
"""

import asyncio
from dataclasses import dataclass, replace

from bus.errors import OffsetOutOfRange
from ext_proc.results.errors import Finished, ForeignEventId, UnknownResult
from ext_proc.results.format.assignment import Assignments
from ext_proc.results.format.event_id import EventId
from ext_proc.results.format.place import Place
from ext_proc.results.live.channel import Horizon
from ext_proc.results.live.event import Event
from ext_proc.results.live.hub import Hub
from ext_proc.results.past.page import Page, Past, Span
from ext_proc.results.reader.lookup import SKEW, Lookup, proof
from ext_proc.results.reader.opening import Opening
from ext_proc.results.reader.subscriber import Subscriber
from ext_proc.results.reader.subscription import Start


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    """As `Opening`.

    Attributes:
        cursor: The offset of the first record that is not among the events.
        missed: Something that the reader has not had is gone for good.
    """

    cursor: int
    events: tuple[Event, ...] = ()
    missed: bool = False
    unread: int = 0
    proved: bool = False
    replayed: bool = False


class KeyOpener:
    """As `Opener`, for readers of a key."""

    def __init__(self, *, hub: Hub, past: Past, lookup: Lookup, unknown_wait: float) -> None:
        self._hub = hub
        self._past = past
        self._lookup = lookup
        self._unknown_wait = unknown_wait

    async def open(self, subscriber: Subscriber, last: Place | None) -> Opening:
        """As `Opener.open`."""
        start = subscriber.wants.start
        begun = await (self._begun(subscriber, start) if last is None else self._resumed(subscriber, last))
        return _stand(subscriber, await self._proved(subscriber, begun), new=last is None)

    async def _begun(self, subscriber: Subscriber, start: Start) -> _Begun:
        horizon, channel = subscriber.lane.channel.horizon, subscriber.lane.channel
        if start == "earliest":
            return await self._everything(subscriber)
        if start == "latest":
            return _Begun(cursor=horizon.position, unread=horizon.position)
        if start > channel.before:
            cursor = channel.first_at(start)
            return _Begun(cursor=cursor, unread=cursor)
        cursor = await self._past.offset_at(horizon.at, start)
        return _Begun(cursor=cursor, unread=cursor, replayed=True)

    async def _everything(self, subscriber: Subscriber) -> _Begun:
        start = self._start_in_memory(subscriber)
        if start is not None:
            return _Begun(cursor=start)
        return await self._first_page(subscriber, await self._start_in_kafka(subscriber))

    def _start_in_memory(self, subscriber: Subscriber) -> int | None:
        """Where to start if memory holds everything that the key ever had; else `None`."""
        channel, since = subscriber.lane.channel, self._lookup.since(subscriber)
        if not channel.holds_since(None if since is None else since - SKEW):
            return None
        return channel.events[0].offset if channel.events else max(channel.floor, channel.horizon.position)

    async def _start_in_kafka(self, subscriber: Subscriber) -> int:
        partition, since = subscriber.lane.channel.horizon.at, self._lookup.since(subscriber)
        if since is None:
            return (await self._past.bounds(partition)).earliest
        return await self._past.offset_at(partition, since - SKEW)

    async def _first_page(self, subscriber: Subscriber, start: int) -> _Begun:
        """One page, which may be empty; where the key needs proof, pages up to the first event."""
        page = Page(events=(), next=start)
        while page.next < subscriber.lane.channel.floor:
            page = await self._page(subscriber, page.next)
            if page.events or subscriber.wants.missing == "wait":
                break
        return _Begun(events=page.events, cursor=page.next, proved=bool(page.events), replayed=True)

    async def _page(self, subscriber: Subscriber, start: int) -> Page:
        channel = subscriber.lane.channel
        span = Span(partition=channel.horizon.at, key=subscriber.key, start=start, stop=channel.floor)
        try:
            page = await self._past.page(span)
        except OffsetOutOfRange as gone:  # a new reader has not had it, and nobody can have it
            return Page(events=(), next=gone.earliest)
        return Page(events=tuple(event for event in page.events if subscriber.sees(event)), next=page.next)

    async def _resumed(self, subscriber: Subscriber, last: Place) -> _Begun:
        horizon = subscriber.lane.channel.horizon
        match last:
            case EventId(final=True):
                raise Finished
            case EventId(partition=number) if number == horizon.at.number:
                return await self._after_id(subscriber, last)
            case Assignments() if all(each.partition.topic == horizon.at.topic for each in last.each):
                return await self._assigned(subscriber, last)
            case _:
                raise ForeignEventId(id=last)

    async def _assigned(self, subscriber: Subscriber, last: Assignments) -> _Begun:
        at = subscriber.lane.channel.horizon.at
        own = next((each for each in last.each if each.partition == at), None)
        if own is None:
            raise ForeignEventId(id=last)
        if own.start is not None:
            return await self._begun(subscriber, own.start)
        return await self._after_id(subscriber, EventId(at.number, own.next - 1))

    async def _after_id(self, subscriber: Subscriber, last: EventId) -> _Begun:
        horizon, channel = subscriber.lane.channel.horizon, subscriber.lane.channel
        await self._check_place(horizon, last)
        if not channel.floor <= last.offset < horizon.position:
            return await self._after_id_in_kafka(subscriber, last)
        here = channel.since(last.offset, limit=1)
        return _after(subscriber, last, here[0] if here else None)

    async def _check_place(self, horizon: Horizon, last: EventId) -> None:
        if last.offset >= horizon.position and last.offset >= (await self._past.bounds(horizon.at)).end:
            raise ForeignEventId(id=last)

    async def _after_id_in_kafka(self, subscriber: Subscriber, last: EventId) -> _Begun:
        try:
            event = await self._past.record(subscriber.lane.channel.horizon.at, max(last.offset, 0))
        except OffsetOutOfRange as gone:
            missed = gone.earliest > last.offset + 1
            return _Begun(cursor=gone.earliest, missed=missed, unread=gone.earliest, replayed=True)
        return replace(_after(subscriber, last, event), replayed=True)

    async def _proved(self, subscriber: Subscriber, begun: _Begun) -> _Begun:
        """The beginning, once the key is known to exist; reads on in Kafka where only that can tell."""
        end, searched = asyncio.get_running_loop().time() + self._unknown_wait, False
        while not (begun.proved or subscriber.wants.missing == "wait" or self._lookup.remembers(subscriber)):
            if begun.cursor < subscriber.lane.channel.floor:
                read = await self._first_page(subscriber, begun.cursor)
                begun = replace(read, missed=begun.missed, unread=begun.unread)
            elif not searched:
                searched = True
                begun = replace(begun, proved=await self._lookup.finds(subscriber, below=begun.unread))
            elif not await self._appears(subscriber, begun.cursor, end=end):
                raise UnknownResult
        return begun

    async def _appears(self, subscriber: Subscriber, cursor: int, *, end: float) -> bool:
        """Whether by then the key is known, or memory has let something go that may be of the key."""
        with self._hub.proofs.asking(proof(subscriber), subscriber):
            return await subscriber.until(
                lambda: self._lookup.remembers(subscriber) or cursor < subscriber.lane.channel.floor, end=end
            )


def _after(subscriber: Subscriber, last: EventId, event: Event | None) -> _Begun:
    """What follows `last`, given the event that lies there or after it."""
    own = event is not None and event.offset == last.offset and event.key == subscriber.key and subscriber.sees(event)
    if own and event is not None and event.terminal and subscriber.wants.ends:
        raise Finished
    return _Begun(cursor=last.offset + 1, proved=own, unread=last.offset + 1)


def _stand(subscriber: Subscriber, begun: _Begun, *, new: bool) -> Opening:
    """Puts the reader there."""
    lane, wants = subscriber.lane, subscriber.wants
    first = begun.events[0].offset if begun.events else begun.cursor
    lane.cursor = begun.cursor
    subscriber.position.passed(lane.number, first)
    greeting, data = "", {}
    if begun.missed:
        greeting, data = "gap", {"earliest": subscriber.position.next_id()}
    elif new and wants.query_id:
        greeting, data = "queued", {"query_id": wants.query_id}
    return Opening(
        greeting=greeting,
        data=data,
        events=begun.events,
        unread=begun.unread,
        proved=begun.proved,
        replayed=begun.replayed,
    )
