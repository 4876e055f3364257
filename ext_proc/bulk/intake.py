"""Reads an upload: splits it, has each line judged, and sends what is to be stored, as far as there is room."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from bus.errors import BusError, BusFull
from bus.ports import Producer
from bus.records import Receipt, Record
from ext_proc.bulk import ending
from ext_proc.bulk.batches import Batches, batched
from ext_proc.bulk.ending import Cause
from ext_proc.bulk.entry import Entry
from ext_proc.bulk.lines import Lines, Refusal
from ext_proc.bulk.past import Mismatch, Past
from ext_proc.bulk.receipts import Receipts, too_long
from ext_proc.bulk.room import Places, Room
from ext_proc.bulk.splitter import Line, Splitter
from ext_proc.bulk.tally import REPLAYED
from ext_proc.errors import reply_for
from ext_proc.exchange import Exchange

SLICE = 64  # lines after which others have a turn on the loop: some 3 ms
FULL_WAIT = 0.01  # seconds until a producer that is full of others' records is asked again

_log = logging.getLogger("sluice.bulk")


class Source(Protocol):
    """Where the body comes from."""

    async def read(self) -> bytes:
        """What has come, and at the end nothing.

        Raises:
            ConnectionError: The body broke off.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What an upload works with; `places` are those of the whole process."""

    lines: Lines
    producer: Producer
    places: Places


class _Over(Exception):
    """What was answered to one line holds for all behind it."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.reason)
        self.cause = cause


class Intake:
    """Hands each line to `enter`, in order, once it is sent or answered. `past` is what one with the same key has left."""

    def __init__(
        self, request: Exchange, means: Means, *, past: Past | None, room: Room, enter: Callable[[Entry], None]
    ) -> None:
        self._request = request
        self._means = means
        self._settings = means.lines.settings
        self._past = past
        self._room = room
        self._hand_on = enter
        self._receipts = Receipts(counted="line", topic=means.lines.writes.topic)
        self._read_lines = 0
        self._batches: Batches | None = None

    async def run(self, source: Source) -> Cause | None:
        """Reads to the end, or says why it could not."""
        try:
            with batched(self._request, topic=self._means.lines.writes.topic) as self._batches:
                await self._all(source)
        except Exception as error:  # noqa: BLE001  # whatever it is, what is settled is still told
            return self._cause(error)
        return None

    def _cause(self, error: Exception) -> Cause:
        match error:
            case ConnectionError():
                cause = ending.BROKEN
            case TimeoutError():
                cause = ending.idle(self._settings.idle)
            case Mismatch():
                cause = ending.REUSED
            case _Over():
                cause = error.cause
            case BusError():
                cause = ending.of_reply(reply_for(error, self._request))
            case _:
                _log.error("an upload has failed", exc_info=error, extra={"route": self._request.route})
                cause = ending.INTERNAL
        return cause

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
            self._enter(Entry(known, receipt=receipt, status=REPLAYED))
        if past.done:
            self._past = None

    async def _one(self, line: Line) -> None:
        await self._has_room()
        if line is None:
            self._refuse(line, 413, too_long(self._settings.max_line_bytes))
        elif not line or line.isspace():
            self._enter(Entry(line))
        else:
            match await self._means.lines.judge(self._request, line, number=self._read_lines + 1):
                case Record() as record:
                    sent = await self._send(record)
                    if self._batches is not None:
                        self._batches.sent(sent)
                    self._enter(Entry(line, sent=sent))
                case Refusal(status=status, members=members):
                    self._refuse(line, status, members)
                case Cause() as cause:
                    raise _Over(cause)

    def _refuse(self, line: Line, status: int, members: Mapping[str, Any]) -> None:
        receipt = self._receipts.refused(self._read_lines + 1, members)
        self._enter(Entry(line, receipt=receipt, status=str(status)))

    async def _has_room(self) -> None:
        if self._room.full:
            await self._room.free()

    def _enter(self, entry: Entry) -> None:
        self._read_lines += 1
        self._room.take(entry.size)
        self._hand_on(entry)

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
