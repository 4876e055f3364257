"""One reader's stream: its past out of Kafka, then memory, then whatever comes, until the end.

A stream is a loop over cursors, one in each of its lanes: the offset of the first record that the reader has not had.
Each turn asks where that record is to be found now, and moves on; so the seam between Kafka, memory and the live feed
is wherever the cursor meets the channel's floor, and no record falls into it or comes twice.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bus.errors import OffsetOutOfRange
from ext_proc.results.live.event import Event
from ext_proc.results.meters import TopicMeters
from ext_proc.results.past.page import Past, Span
from ext_proc.results.reader.anteroom import QUEUED, Guest
from ext_proc.results.reader.delivery import Delivery
from ext_proc.results.reader.lane import Lane
from ext_proc.results.reader.lease import Lease
from ext_proc.results.reader.opening import Opening
from ext_proc.results.reader.script import CHALLENGE, Script
from ext_proc.results.reader.subscriber import Subscriber
from ext_proc.results.reader.vigil import Vigil
from runtime.clock import Clock
from runtime.settings.edge import ResultsSettings

WRITE = 64  # events in one write: enough to save system calls, little enough to stay small in the socket's buffer
STALL = 4  # pings' time that one write may take before its reader is given up


class Sink(Protocol):
    """Where a stream is written."""

    def write(self, data: bytes) -> bool:
        """Takes the data, and says whether there is room for more; where there is none, `drain` is to be awaited.

        Raises:
            ConnectionError: The reader has gone.
        """

    async def drain(self) -> None:
        """Returns when there is room.

        Raises:
            ConnectionError: The reader has gone.
        """

    def cut(self) -> None:
        """Drops the connection, with whatever was not sent yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a stream works with."""

    past: Past
    meters: TopicMeters
    settings: ResultsSettings
    clock: Clock


class Stream:
    """Writes one subscriber's events. Everything else that a reader is told comes from here too."""

    def __init__(
        self,
        *,
        subscriber: Subscriber,
        script: Script,
        vigil: Vigil,
        guest: Guest,
        sink: Sink,
        means: Means,
        delivery: Delivery | None = None,
    ) -> None:
        self._subscriber = subscriber
        self._script = script
        self._vigil = vigil
        self._guest = guest
        self._sink = sink
        self._means = means
        self._delivery = delivery
        self._lease = Lease(subscriber.wants.expires)
        self._retired = False
        self._over = False
        self._written = 0.0
        self._loop: asyncio.AbstractEventLoop

    def retire(self) -> None:
        """Asks the reader to come back, to another process or a later one, and ends."""
        self._retired = True
        self._subscriber.wake()

    def renew(self, expires: float) -> None:
        """The reader has shown a token that lasts until then."""
        self._lease.renew(expires)
        self._subscriber.wake()

    def cut(self) -> None:
        """Ends the stream of a reader that does not read."""
        if not self._over:
            self._over = True
            self._means.meters.slow.inc()
            self._sink.cut()

    async def run(self, opening: Opening) -> None:
        """Writes until the stream has ended.

        Raises:
            Busy: Too many are reading the past.
            BusUnavailable: The past could not be read on; the reader's last id is still good.
            ConnectionError: The reader has gone.
        """
        subscriber = self._subscriber
        self._loop = asyncio.get_running_loop()
        subscriber.on_cut(self.cut)
        try:
            self._vigil.begin(opening)
            opening = self._guest.begin(opening)
            await self._write(self._script.begin(opening, retry=self._means.settings.retry))
            self._count_told(opening.greeting)
            if opening.events:
                await self._deliver(subscriber.lane, opening.events)
            while not self._over:
                await self._step()
        finally:
            if self._delivery is not None:
                self._delivery.end()
            self._guest.end()
            subscriber.on_cut(None)  # or the two would know each other, and wait for the garbage collector

    async def _step(self) -> None:
        now, ping = self._means.clock.now_ms() / 1000, self._written + self._means.settings.ping - self._loop.time()
        if self._retired:
            self._subscriber.catch_up()
            await self._tell("reconnect", {})
            self._over = True
        elif self._lease.ended(now):
            self._over = True
        elif self._lease.warns(now):
            self._subscriber.catch_up()
            await self._warn(now)
        elif ping <= 0:
            self._subscriber.catch_up()
            await self._write(self._script.ping())
        elif lane := self._subscriber.turn():
            await self._move(lane)
            self._subscriber.again(lane)
        elif self._vigil.due():
            await self._look()
        elif news := self._guest.news():
            self._subscriber.catch_up()
            await self._tell(QUEUED, news)
        else:
            await self._subscriber.wait(min(ping, self._lease.next(now), self._vigil.next()))

    async def _warn(self, now: float) -> None:
        if self._subscriber.wants.challenge:
            await self._write(self._script.challenge())
            self._means.meters.sent(CHALLENGE)
        else:
            await self._tell("auth_expiring", {"expires_in": self._lease.left(now)})

    async def _move(self, lane: Lane) -> None:
        if lane.needs_past:
            await self._read_past(lane)
        else:
            await self._deliver(lane, [event for event in lane.take() if self._subscriber.sees(event)])

    async def _read_past(self, lane: Lane) -> None:
        channel = lane.channel
        span = Span(partition=channel.horizon.at, key=self._subscriber.key, start=lane.cursor, stop=channel.floor)
        try:
            page = await self._means.past.page(span)
        except OffsetOutOfRange as gone:
            lane.cursor = gone.earliest
            self._subscriber.position.passed(lane.number, gone.earliest)
            await self._tell("gap", {"earliest": self._subscriber.position.next_id()})
            return
        lane.moved(page.next)
        await self._deliver(lane, [event for event in page.events if self._subscriber.sees(event)])

    async def _deliver(self, lane: Lane, events: Sequence[Event]) -> None:
        """Writes events that the reader may see; afterwards it stands at the lane's cursor."""
        if events:
            self._vigil.end()
            self._guest.end()
        for start in range(0, len(events), WRITE):
            part = self._script.part(events[start : start + WRITE])
            if part.text:
                await self._write(part.text)
                self._count(lane, part.shown)
            if part.last:
                self._over = True
                return
        self._subscriber.position.passed(lane.number, lane.cursor)

    async def _look(self) -> None:
        """Ends the stream of a key that nobody has written."""
        if await self._vigil.is_in_vain():
            await self._write(self._script.end("error", self._vigil.verdict()))
            self._count_told("error")
            self._over = True

    async def _tell(self, name: str, data: Mapping[str, object]) -> None:
        """Writes an event of the server's own; its id is where the reader stands."""
        await self._write(self._script.told(name, data))
        self._count_told(name)

    def _count(self, lane: Lane, events: Sequence[Event]) -> None:
        now, meters = self._means.clock.now_ms(), self._means.meters
        for event in events:
            meters.sent(event.name)
            if event.offset >= lane.joined:
                meters.delivered(now - event.timestamp)
        if self._delivery is not None:
            self._delivery.took(events, live=lane.joined, now=now)

    def _count_told(self, name: str) -> None:
        if name and self._subscriber.shows(name):
            self._means.meters.sent(name)

    async def _write(self, data: bytes) -> None:
        if not self._sink.write(data):
            await self._until_read()
        self._written = self._loop.time()

    async def _until_read(self) -> None:
        """Waits for a reader that is behind, and gives it up where that takes too long."""
        stalled = self._loop.call_later(self._means.settings.ping * STALL, self.cut)
        self._subscriber.blocked = True
        try:
            await self._sink.drain()
        finally:
            self._subscriber.blocked = False
            stalled.cancel()
