"""One upload, from its first byte to its last receipt. Does no I/O of its own.

```
client ──► read, split, judge ──► in flight ──► settled, in order ──► receipts ──► client
              ▲                                                          │
              └──────────── room for more, once they are taken ──────────┘
```
Three turn at once: one reads and sends, one settles in the order of the lines, one writes what is settled. The client sees
a receipt only when all before it are settled, so whatever cuts an upload, what was acknowledged is a beginning of it.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Iterable

from bus.errors import BusError
from bus.records import Receipt
from ext_proc.bulk import ending
from ext_proc.bulk.ending import Cause, Ending
from ext_proc.bulk.entry import Entry
from ext_proc.bulk.intake import Intake, Means, Source
from ext_proc.bulk.lines import Refusal, judged
from ext_proc.bulk.marks import Lost, Marks
from ext_proc.bulk.outlet import Outlet, Sink
from ext_proc.bulk.past import Past
from ext_proc.bulk.receipts import Receipts
from ext_proc.bulk.room import Room
from ext_proc.errors import reply_for
from ext_proc.exchange import Exchange

BATCH = 512  # entries that are settled at once

ACCEPTED = "202"


class Upload:
    """Runs once. `past` is what an upload with the same key has left, and `marks` is where this one leaves as much."""

    def __init__(
        self, request: Exchange, means: Means, *, past: Past | None = None, marks: Marks | None = None
    ) -> None:
        settings, tally = means.lines.settings, means.lines.tally
        self._request = request
        self._places = means.places
        self._marks = marks
        self._receipts = Receipts(counted="line", topic=means.lines.writes.topic)
        room = Room(lines=settings.in_flight, size=settings.in_flight_bytes)
        self._intake = Intake(request, means, past=past, room=room, enter=self._enter)
        self._outlet = Outlet(room=room, tally=tally, idle=settings.idle, left=self.stop)
        self._flying: deque[Entry] = deque()  # bounded by the room
        self._settled_lines = 0
        self._reader: asyncio.Task[None] | None = None
        self._cause: Cause | None = None
        self._failed = False
        self._to_settle = asyncio.Event()

    @property
    def gone(self) -> bool:
        """The client takes nothing any more."""
        return self._outlet.gone

    async def run(self, source: Source, sink: Sink) -> Ending | None:
        """Takes the whole body; returns where to go on, unless all of it was answered."""
        self._reader = asyncio.create_task(self._read(source), name="upload-reader")
        if self._cause is not None:
            self._reader.cancel()
        self._reader.add_done_callback(lambda _: self._to_settle.set())
        writer = asyncio.create_task(self._outlet.run(sink), name="upload-writer")
        try:
            await self._settle(self._reader)
            self._outlet.end()
            await writer
        finally:
            for task in (self._reader, writer):
                task.cancel()
            await asyncio.wait((self._reader, writer))
            self._places.give(sum(entry.sent is not None for entry in self._flying))
        if self._cause is None:
            return None
        return Ending(cause=self._cause, resume_from=self._settled_lines + 1)

    def stop(self, cause: Cause) -> None:
        """Reads no more; what was read is settled, and the client told where to go on."""
        if self._cause is None and not (self._reader and self._reader.done()):
            self._cause = cause
            if self._reader is not None:
                self._reader.cancel()

    async def _read(self, source: Source) -> None:
        """The first cause counts."""
        cause = await self._intake.run(source)
        self._cause = self._cause or cause

    def _enter(self, entry: Entry) -> None:
        self._flying.append(entry)
        if len(self._flying) == 1:
            self._to_settle.set()

    async def _settle(self, reader: asyncio.Task[None]) -> None:
        while not self._failed:
            if batch := self._known():
                await self._mark(batch)
                self._outlet.put(batch)
                self._settled_lines += len(batch)
            elif self._flying or not reader.done():
                await self._news()
            else:
                break
        await self._last_mark()

    def _known(self) -> list[Entry]:
        """The next entries whose fate is known; the first one that the log did not take for now ends it all."""
        batch: list[Entry] = []
        acknowledged = 0
        while self._flying and len(batch) < BATCH and not self._failed:
            entry = self._flying[0]
            if entry.sent is not None:
                if not entry.sent.done():
                    break
                if not self._learn(entry, entry.sent, number=self._settled_lines + len(batch) + 1):
                    break
                acknowledged += 1
            batch.append(self._flying.popleft())
        if acknowledged:
            self._places.give(acknowledged)
        return batch

    def _learn(self, entry: Entry, sent: asyncio.Future[Receipt], *, number: int) -> bool:
        error = sent.exception()
        if error is None:
            entry.receipt, entry.status = self._receipts.accepted(number, sent.result()), ACCEPTED
            return True
        reply = reply_for(error if isinstance(error, Exception) else RuntimeError(), self._request)
        match judged(reply):
            case Refusal(status=status, members=members):
                entry.receipt, entry.status = self._receipts.refused(number, members), str(status)
                return True
            case cause:
                self._fail(cause)
                return False

    def _fail(self, cause: Cause) -> None:
        self._failed = True
        self._cause = cause
        if self._reader is not None:
            self._reader.cancel()

    async def _news(self) -> None:
        """Returns once the first entry on its way may be known, or there is one; now and then for no reason."""
        self._to_settle.clear()
        if self._flying and (sent := self._flying[0].sent) is not None:
            if sent.done():
                return
            sent.add_done_callback(self._woken)
        if self._marks is None:
            await self._to_settle.wait()
            return
        try:
            async with asyncio.timeout(self._marks.pace):
                await self._to_settle.wait()
        except TimeoutError:
            await self._marking(self._marks.renew())

    def _woken(self, _: asyncio.Future[Receipt]) -> None:
        self._to_settle.set()

    async def _mark(self, batch: Iterable[Entry]) -> None:
        marks = self._marks
        if marks is None:
            return
        for number, entry in enumerate(batch, start=self._settled_lines + 1):
            sent = entry.sent
            stored = sent.result() if sent is not None and entry.status == ACCEPTED else None
            if marks.settled(number, entry.line, stored):
                await self._marking(marks.write())

    async def _last_mark(self) -> None:
        if self._marks is not None and not self._marks.lost:
            await self._marking(self._marks.end())

    async def _marking(self, work: Awaitable[None]) -> None:
        try:
            await work
        except Lost:
            self._fail(ending.IN_FLIGHT)
        except BusError as error:
            self._fail(ending.of_reply(reply_for(error, self._request)))
