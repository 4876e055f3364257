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
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bus.errors import BusError, BusFull
from bus.ports import Producer
from bus.records import Receipt, Record
from ext_proc.bulk import ending
from ext_proc.bulk.ending import Cause, Ending
from ext_proc.bulk.lines import Lines, Refusal, judged
from ext_proc.bulk.marks import Lost, Marks
from ext_proc.bulk.past import Mismatch, Past
from ext_proc.bulk.receipts import Receipts, too_long
from ext_proc.bulk.room import Places, Room
from ext_proc.bulk.splitter import Line, Splitter
from ext_proc.bulk.tally import REPLAYED
from ext_proc.errors import reply_for
from ext_proc.exchange import Exchange

SLICE = 64  # lines after which others have a turn on the loop: some 3 ms
FULL_WAIT = 0.01  # seconds until a producer that is full of others' records is asked again

BATCH = 512  # entries that are settled at once

ACCEPTED = "202"

_log = logging.getLogger("sluice.bulk")


class Source(Protocol):
    """Where the body comes from."""

    async def read(self) -> bytes:
        """What has come, and at the end nothing.

        Raises:
            ConnectionError: The body broke off.
        """


class Sink(Protocol):
    """Where the receipts go."""

    async def write(self, data: bytes) -> None:
        """Returns once there is room for more.

        Raises:
            ConnectionError: The client has gone.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What an upload works with; `places` are those of the whole process."""

    lines: Lines
    producer: Producer
    places: Places


@dataclass(slots=True)
class _Entry:
    """A line that was read: `sent`, or with its receipt; neither, where it is blank."""

    line: Line
    sent: asyncio.Future[Receipt] | None = None
    receipt: bytes = b""
    status: str = ""

    @property
    def size(self) -> int:
        return len(self.line or b"")


class _Over(Exception):
    """What was answered to one line holds for all behind it."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.reason)
        self.cause = cause


class Upload:
    """Runs once. `past` is what an upload with the same key has left, and `marks` is where this one leaves as much."""

    def __init__(
        self, request: Exchange, means: Means, *, past: Past | None = None, marks: Marks | None = None
    ) -> None:
        settings = self._settings = means.lines.settings
        self._request = request
        self._means = means
        self._past = past
        self._marks = marks
        self._receipts = Receipts(counted="line", topic=means.lines.writes.topic)
        self._room = Room(lines=settings.in_flight, size=settings.in_flight_bytes)
        self._flying: deque[_Entry] = deque()  # bounded by the room, as is what is settled
        self._settled: list[_Entry] = []
        self._read_lines = self._settled_lines = 0
        self._reader: asyncio.Task[None] | None = None
        self._cause: Cause | None = None
        self._failed = self._over = False
        self._to_settle, self._to_write = asyncio.Event(), asyncio.Event()
        self.gone = False
        """The client takes nothing any more."""

    async def run(self, source: Source, sink: Sink) -> Ending | None:
        """Takes the whole body; returns where to go on, unless all of it was answered."""
        self._reader = asyncio.create_task(self._read(source), name="upload-reader")
        if self._cause is not None:
            self._reader.cancel()
        self._reader.add_done_callback(lambda _: self._to_settle.set())
        writer = asyncio.create_task(self._write(sink), name="upload-writer")
        try:
            await self._settle(self._reader)
            self._over = True
            self._to_write.set()
            await writer
        finally:
            for task in (self._reader, writer):
                task.cancel()
            await asyncio.wait((self._reader, writer))
            self._means.places.give(sum(entry.sent is not None for entry in self._flying))
        if self._cause is None:
            return None
        return Ending(cause=self._cause, resume_from=self._settled_lines + 1)

    def stop(self, cause: Cause) -> None:
        """Reads no more; what was read is settled, and the client told where to go on."""
        if self._cause is None and not (self._reader and self._reader.done()):
            self._cause = cause
            if self._reader is not None:
                self._reader.cancel()

    # Reading

    async def _read(self, source: Source) -> None:
        try:
            await self._all(source)
        except ConnectionError:
            self._because(ending.BROKEN)
        except TimeoutError:
            self._because(ending.idle(self._settings.idle))
        except Mismatch:
            self._because(ending.REUSED)
        except _Over as over:
            self._because(over.cause)
        except BusError as error:
            self._because(ending.of_reply(reply_for(error, self._request)))
        except Exception:  # noqa: BLE001  # the last resort: what is settled is still told
            _log.exception("an upload has failed", extra={"route": self._request.route})
            self._because(ending.INTERNAL)

    def _because(self, cause: Cause) -> None:
        """The first cause counts."""
        self._cause = self._cause or cause

    async def _all(self, source: Source) -> None:
        splitter = Splitter(longest=self._settings.max_line_bytes)
        while data := await self._next(source):
            self._means.lines.tally.read(len(data))
            await self._take(splitter.feed(data))
        await self._take(splitter.end())
        if self._past is not None:
            self._past.end()

    async def _next(self, source: Source) -> bytes:
        async with asyncio.timeout(self._settings.idle):
            return await source.read()

    async def _take(self, lines: Iterable[Line]) -> None:
        for number, line in enumerate(lines, start=1):
            if self._past is not None:
                await self._again(self._past, line)
            else:
                await self._one(line)
            if number % SLICE == 0:
                await asyncio.sleep(0)

    async def _again(self, past: Past, line: Line) -> None:
        """A line that was stored before is answered from what was written down; any other is judged anew."""
        for known, place in await past.take(line):
            if place is None:
                await self._one(known)
                continue
            await self._has_room()
            partition, offset = place
            receipt = self._receipts.replayed(self._read_lines + 1, partition=partition, offset=offset)
            self._enter(_Entry(known, receipt=receipt, status=REPLAYED))
        if past.done:
            self._past = None

    async def _one(self, line: Line) -> None:
        await self._has_room()
        if line is None:
            self._refuse(line, 413, too_long(self._settings.max_line_bytes))
        elif not line or line.isspace():
            self._enter(_Entry(line))
        else:
            match await self._means.lines.judge(self._request, line, number=self._read_lines + 1):
                case Record() as record:
                    self._enter(_Entry(line, sent=await self._send(record)))
                case Refusal(status=status, members=members):
                    self._refuse(line, status, members)
                case Cause() as cause:
                    raise _Over(cause)

    def _refuse(self, line: Line, status: int, members: Mapping[str, Any]) -> None:
        receipt = self._receipts.refused(self._read_lines + 1, members)
        self._enter(_Entry(line, receipt=receipt, status=str(status)))

    async def _has_room(self) -> None:
        if self._room.full:
            await self._room.free()

    def _enter(self, entry: _Entry) -> None:
        self._read_lines += 1
        self._room.take(entry.size)
        self._flying.append(entry)
        if len(self._flying) == 1:
            self._to_settle.set()

    async def _send(self, record: Record) -> asyncio.Future[Receipt]:
        await self._means.places.take()
        try:
            while True:
                try:
                    return asyncio.ensure_future(self._means.producer.send(record))
                except BusFull:
                    await asyncio.sleep(FULL_WAIT)
        except BaseException:
            self._means.places.give(1)
            raise

    # Settling

    async def _settle(self, reader: asyncio.Task[None]) -> None:
        while not self._failed:
            if batch := self._known():
                await self._mark(batch)
                self._settled.extend(batch)
                self._settled_lines += len(batch)
                self._to_write.set()
            elif self._flying or not reader.done():
                await self._news()
            else:
                break
        await self._last_mark()

    def _known(self) -> list[_Entry]:
        """The next entries whose fate is known; the first one that the log did not take for now ends it all."""
        batch: list[_Entry] = []
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
            self._means.places.give(acknowledged)
        return batch

    def _learn(self, entry: _Entry, sent: asyncio.Future[Receipt], *, number: int) -> bool:
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

    async def _mark(self, batch: Iterable[_Entry]) -> None:
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

    # Writing

    async def _write(self, sink: Sink) -> None:
        while True:
            while not self._settled:
                if self._over:
                    return
                self._to_write.clear()
                await self._to_write.wait()
            batch, self._settled = self._settled, []
            await self._deliver(sink, batch)
            self._room.give(len(batch), sum(entry.size for entry in batch))

    async def _deliver(self, sink: Sink, batch: Sequence[_Entry]) -> None:
        self._means.lines.tally.settled(Counter(entry.status for entry in batch if entry.status))
        receipts = [entry.receipt for entry in batch if entry.receipt]
        if self.gone or not receipts:
            return
        try:
            async with asyncio.timeout(self._settings.idle):
                await sink.write(b"\n".join((*receipts, b"")))
        except ConnectionError:
            self._leave(ending.BROKEN)
        except TimeoutError:
            self._leave(ending.idle(self._settings.idle))

    def _leave(self, cause: Cause) -> None:
        self.gone = True
        self.stop(cause)
