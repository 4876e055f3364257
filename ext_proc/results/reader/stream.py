"""One reader's stream: its past out of Kafka, then memory, then whatever comes, until the end.

A stream is a loop over one number, the cursor: the offset of the first record that the reader has not had.
Each turn asks where that record is to be found now, and moves on; so the seam between Kafka, memory and the live feed
is wherever the cursor meets the channel's floor, and no record falls into it or comes twice.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import orjson

from bus.errors import OffsetOutOfRange
from ext_proc.results.format.event_id import EventId
from ext_proc.results.format.sse import PING, frame, retry
from ext_proc.results.live.event import Event
from ext_proc.results.meters import TopicMeters
from ext_proc.results.past.page import Past, Span
from ext_proc.results.reader.lease import Lease
from ext_proc.results.reader.opening import Opening, gap
from ext_proc.results.reader.subscriber import Subscriber
from runtime.clock import Clock
from runtime.settings.edge import ResultsSettings

WRITE = 64  # events in one write: enough to save system calls, little enough to stay small in the socket's buffer
STALL = 4  # pings' time that one write may take before its reader is given up


class Sink(Protocol):
    """Where a stream is written."""

    async def write(self, data: bytes) -> None:
        """Returns when there is room for more."""

    def cut(self) -> None:
        """Drops the connection, with whatever was not sent yet."""


class Stream:
    """Writes one subscriber's events. Everything else that a reader is told comes from here too."""

    def __init__(
        self,
        *,
        subscriber: Subscriber,
        past: Past,
        sink: Sink,
        meters: TopicMeters,
        settings: ResultsSettings,
        clock: Clock,
    ) -> None:
        self._subscriber = subscriber
        self._past = past
        self._sink = sink
        self._meters = meters
        self._settings = settings
        self._clock = clock
        self._lease = Lease(subscriber.wants.expires)
        self._retired = False
        self._over = False
        self._written = 0.0

    def retire(self) -> None:
        """Asks the reader to come back, to another process or a later one, and ends."""
        self._retired = True
        self._subscriber.wake()

    def cut(self) -> None:
        """Ends the stream of a reader that does not read."""
        if not self._over:
            self._over = True
            self._meters.slow.inc()
            self._sink.cut()

    async def run(self, opening: Opening) -> None:
        """Writes until the stream has ended.

        Raises:
            Busy: Too many are reading the past.
            BusUnavailable: The past could not be read on; the reader's last id is still good.
            ConnectionError: The reader has gone.
        """
        subscriber = self._subscriber
        subscriber.on_cut(self.cut)
        subscriber.cursor = opening.cursor
        name, greeting = opening.greeting
        await self._write(retry(self._settings.retry) + greeting)
        if name:
            self._meters.sent(name)
        await self._deliver(opening.events)
        while not self._over:
            await self._step()

    async def _step(self) -> None:
        now = self._clock.now_ms() / 1000
        if self._retired:
            await self._tell("reconnect", {})
            self._over = True
        elif self._lease.ended(now):
            self._over = True
        elif self._lease.warns(now):
            await self._tell("auth_expiring", {"expires_in": self._lease.left(now)})
        elif self._silence() >= self._settings.ping:
            await self._write(PING)
        elif self._subscriber.needs_past:
            await self._read_past()
        elif self._subscriber.has_news:
            await self._deliver(self._subscriber.take())
        else:
            await self._subscriber.wait(min(self._settings.ping - self._silence(), self._lease.next(now)))

    async def _read_past(self) -> None:
        channel = self._subscriber.channel
        key = (self._subscriber.wants.key or "").encode()
        span = Span(partition=channel.horizon.at, key=key, start=self._subscriber.cursor, stop=channel.floor)
        try:
            page = await self._past.page(span)
        except OffsetOutOfRange as gone:
            self._subscriber.cursor = gone.earliest
            await self._write(gap(gone.partition.number, gone.earliest))
            self._meters.sent("gap")
            return
        self._subscriber.moved(page.next)
        await self._deliver([event for event in page.events if self._subscriber.sees(event)])

    async def _deliver(self, events: Sequence[Event]) -> None:
        for start in range(0, len(events), WRITE):
            part = _up_to_terminal(events[start : start + WRITE])
            await self._write(b"".join([event.frame() for event in part]))
            self._count(part)
            if part[-1].terminal:
                self._over = True
                return

    def _count(self, events: Sequence[Event]) -> None:
        now, joined = self._clock.now_ms(), self._subscriber.joined
        for event in events:
            self._meters.sent(event.name)
            if event.offset >= joined:
                self._meters.delivered(now - event.timestamp)

    async def _tell(self, name: str, data: dict[str, object]) -> None:
        """Writes an event of the server's own; its id is where the reader stands."""
        self._subscriber.catch_up()
        place = EventId(self._subscriber.channel.horizon.at.number, self._subscriber.cursor - 1)
        await self._write(frame(id=place, event=name, data=orjson.dumps(data)))
        self._meters.sent(name)

    async def _write(self, data: bytes) -> None:
        loop = asyncio.get_running_loop()
        stalled = loop.call_later(self._settings.ping * STALL, self.cut)
        self._subscriber.blocked = True
        try:
            await self._sink.write(data)
        finally:
            self._subscriber.blocked = False
            stalled.cancel()
        self._written = loop.time()

    def _silence(self) -> float:
        return asyncio.get_running_loop().time() - self._written


def _up_to_terminal(events: Sequence[Event]) -> Sequence[Event]:
    end = next((number for number, event in enumerate(events) if event.terminal), None)
    return events if end is None else events[: end + 1]
