"""How a stream begins: from memory, from Kafka, or not at all.

A reader that was here before says with an id what it has had. One that is new gets everything of its key: the key is no
older than its subscription says (`since`), or than its proof (`known_by`), or else as old as Kafka.
"""

import asyncio
from dataclasses import dataclass, replace

import orjson

from bus.errors import OffsetOutOfRange
from bus.records import Received
from ext_proc.results.errors import Finished, ForeignEventId, UnknownResult
from ext_proc.results.format.event_id import EventId
from ext_proc.results.format.sse import frame
from ext_proc.results.live.channel import Horizon
from ext_proc.results.live.event import Event
from ext_proc.results.live.hub import Hub
from ext_proc.results.past.page import Page, Past, Span
from ext_proc.results.reader.subscriber import Subscriber

SKEW = 5_000  # ms that the clocks of whoever issues ids and of whoever writes records may differ


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a stream starts with.

    Attributes:
        greeting: The name of the event that the server makes up first, and its bytes; empty for none.
        events: The first events, where they came from Kafka.
        cursor: The offset of the first record that is not among them.
        proved: The key exists.
        replayed: Kafka was asked.
    """

    greeting: tuple[str, bytes] = ("", b"")
    events: tuple[Event, ...] = ()
    cursor: int
    proved: bool = False
    replayed: bool = False


class Opener:
    """Decides how a stream begins. Nothing was sent yet, so that everything may still be refused."""

    def __init__(self, *, hub: Hub, past: Past, unknown_wait: float) -> None:
        self._hub = hub
        self._past = past
        self._unknown_wait = unknown_wait

    async def open(self, subscriber: Subscriber, last: EventId | None) -> Opening:
        """The beginning of the stream of a subscriber that watches its channel already.

        Raises:
            ForeignEventId: `last` is not an event of this stream.
            Finished: `last` is the stream's end.
            UnknownResult: Nobody knows the key, and the subscription says not to wait for it.
            Busy: Too many are reading the past.
            BusUnavailable: The past could not be read.
        """
        if last is None:
            return await self._new(subscriber)
        return await self._proved(subscriber, await self._resumed(subscriber, last))

    async def _new(self, subscriber: Subscriber) -> Opening:
        start = self._start_in_memory(subscriber)
        if start is not None:
            opening = await self._proved(subscriber, Opening(cursor=start))
        else:
            start = await self._start_in_kafka(subscriber)
            opening = await self._proved(subscriber, await self._first_page(subscriber, start))
        first = opening.events[0].offset if opening.events else opening.cursor
        return replace(opening, greeting=("queued", _queued(subscriber, first)))

    def _start_in_memory(self, subscriber: Subscriber) -> int | None:
        """Where to start if memory holds everything that the key ever had; else `None`."""
        channel = subscriber.channel
        since = self._since(subscriber)
        if channel.floor > 0 and (since is None or since - SKEW <= channel.before):
            return None
        return channel.events[0].offset if channel.events else max(channel.floor, channel.horizon.position)

    def _since(self, subscriber: Subscriber) -> int | None:
        if subscriber.wants.since is not None:
            return subscriber.wants.since
        return self._hub.proofs.seen(_proof(subscriber))

    async def _start_in_kafka(self, subscriber: Subscriber) -> int:
        partition, since = subscriber.channel.horizon.at, self._since(subscriber)
        if since is None:
            return (await self._past.bounds(partition)).earliest
        return await self._past.offset_at(partition, since - SKEW)

    async def _first_page(self, subscriber: Subscriber, start: int) -> Opening:
        """One page, which may be empty; where the key needs proof, pages up to the first event."""
        page = Page(events=(), next=start)
        while page.next < subscriber.channel.floor:
            page = await self._page(subscriber, page.next)
            if page.events or subscriber.wants.missing == "wait":
                break
        return Opening(events=page.events, cursor=page.next, proved=bool(page.events), replayed=True)

    async def _page(self, subscriber: Subscriber, start: int) -> Page:
        channel = subscriber.channel
        key = (subscriber.wants.key or "").encode()
        try:
            page = await self._past.page(Span(partition=channel.horizon.at, key=key, start=start, stop=channel.floor))
        except OffsetOutOfRange as gone:  # a new reader has not had it, and nobody can have it
            return Page(events=(), next=gone.earliest)
        return Page(events=tuple(event for event in page.events if subscriber.sees(event)), next=page.next)

    async def _resumed(self, subscriber: Subscriber, last: EventId) -> Opening:
        horizon, channel = subscriber.channel.horizon, subscriber.channel
        await self._check_place(horizon, last)
        if not channel.floor <= last.offset < horizon.position:
            return await self._resumed_from_kafka(subscriber, last)
        here = channel.since(last.offset, limit=1)
        return _after(subscriber, last, here[0] if here else None)

    async def _check_place(self, horizon: Horizon, last: EventId) -> None:
        if last.partition != horizon.at.number:
            raise ForeignEventId(id=last)
        if last.offset >= horizon.position and last.offset >= (await self._past.bounds(horizon.at)).end:
            raise ForeignEventId(id=last)

    async def _resumed_from_kafka(self, subscriber: Subscriber, last: EventId) -> Opening:
        try:
            record = await self._past.record(subscriber.channel.horizon.at, max(last.offset, 0))
        except OffsetOutOfRange as gone:
            missed = gone.earliest > last.offset + 1
            greeting = ("gap", gap(last.partition, gone.earliest)) if missed else ("", b"")
            return Opening(cursor=gone.earliest, greeting=greeting, replayed=True)
        return replace(_after(subscriber, last, _own_event(subscriber, record)), replayed=True)

    async def _proved(self, subscriber: Subscriber, opening: Opening) -> Opening:
        """The opening, once the key is known to exist; reads on in Kafka where only that can tell."""
        end = asyncio.get_running_loop().time() + self._unknown_wait
        while not (opening.proved or subscriber.wants.missing == "wait" or self._is_known(subscriber)):
            if opening.cursor < subscriber.channel.floor:
                read = await self._first_page(subscriber, opening.cursor)
                opening = replace(read, greeting=opening.greeting)
            elif not await self._appears(subscriber, opening.cursor, end=end):
                raise UnknownResult
        return opening

    def _is_known(self, subscriber: Subscriber) -> bool:
        if self._hub.proofs.seen(_proof(subscriber)) is not None:
            return True
        return any(subscriber.sees(event) for event in subscriber.channel.events)

    async def _appears(self, subscriber: Subscriber, cursor: int, *, end: float) -> bool:
        """Whether by then the key is known, or memory has let something go that may be of the key."""
        with self._hub.proofs.asking(_proof(subscriber), subscriber):
            return await subscriber.until(
                lambda: self._is_known(subscriber) or cursor < subscriber.channel.floor, end=end
            )


def gap(partition: int, earliest: int) -> bytes:
    """Says that what lay before `earliest` is gone for good."""
    data = orjson.dumps({"earliest": str(EventId(partition, earliest))})
    return frame(id=EventId(partition, earliest - 1), event="gap", data=data)


def _queued(subscriber: Subscriber, first: int) -> bytes:
    place = EventId(subscriber.channel.horizon.at.number, first - 1)
    return frame(id=place, event="queued", data=orjson.dumps({"query_id": subscriber.wants.query_id}))


def _proof(subscriber: Subscriber) -> tuple[str, bytes, bytes]:
    wants = subscriber.wants
    return (wants.known_by, (wants.key or "").encode(), wants.user_id.encode())


def _own_event(subscriber: Subscriber, record: Received | None) -> Event | None:
    if record is None or record.key != (subscriber.wants.key or "").encode():
        return None
    return Event(record)


def _after(subscriber: Subscriber, last: EventId, event: Event | None) -> Opening:
    """What follows `last`, given the event of the key that lies there, if it is one."""
    had = event is not None and event.offset == last.offset and subscriber.sees(event)
    if had and event is not None and event.terminal:
        raise Finished
    return Opening(cursor=last.offset + 1, proved=had)
