"""A JSON array of records: each is judged and stored by itself, and answered in the order of the array."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import dataclass

import orjson

from bus.errors import BusError
from bus.ports import Producer
from bus.records import Receipt, Record
from ext_proc.bulk import ending
from ext_proc.bulk.batches import Batches, batched
from ext_proc.bulk.ending import Cause
from ext_proc.bulk.lines import Lines, Refusal, judged
from ext_proc.bulk.opened import Opened
from ext_proc.bulk.past import Mismatch, Past, Place
from ext_proc.bulk.receipts import Receipts
from ext_proc.bulk.tally import REPLAYED
from ext_proc.errors import reply_for
from ext_proc.exchange import Exchange
from ext_proc.idempotency.key import REPLAYED_HEADER
from ext_proc.reply import Reply, invalid
from schemas.violation import Violation

MULTI_STATUS = 207  # RFC 4918, 13: what became of each is in the body

# Numbers stay text: all that is wanted of this parser is where an element ends.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str)
_SPACE = " \t\n\r,"


@dataclass(frozen=True, slots=True)
class _Element:
    """What became of one: stored now or before, or refused, for good or for now."""

    text: bytes
    number: int
    fate: Receipt | Place | Refusal | Cause


def is_array(body: bytes) -> bool:
    """Whether a JSON text is one; what is no JSON at all is not."""
    return body[:1] == b"[" or body.lstrip(b" \t\n\r")[:1] == b"["


class Arrays:
    """Takes the arrays of one route."""

    def __init__(self, lines: Lines, *, producer: Producer) -> None:
        self._lines = lines
        self._producer = producer
        self._receipts = Receipts(counted="index", topic=lines.writes.topic)

    async def answer(self, request: Exchange) -> Reply:
        """207 with a receipt for each; 400 where it is no array that is taken, or what the key is answered.

        Raises:
            BusError: Kafka has taken nothing of it.
        """
        texts = _texts(request.body)
        if isinstance(texts, str) or not 0 < len(texts) <= self._lines.settings.array:
            detail = texts if isinstance(texts, str) else f"an array has 1 to {self._lines.settings.array} records"
            violation = Violation(pointer="#", detail=detail)
            return invalid([violation], instance=request.path, trace_id=request.trace_id)
        opened = await self._opened(request)
        if isinstance(opened, Reply):
            return opened
        try:
            places = await _places(texts, opened.past if opened else None)
        except (Mismatch, BusError) as error:
            if opened is not None:
                await opened.marks.end()
            if isinstance(error, BusError):
                raise
            return ending.REUSED.reply(instance=request.path, trace_id=request.trace_id)
        return await self._carried_out(request, texts, places, opened)

    async def _opened(self, request: Exchange) -> Opened | Reply | None:
        whole = self._lines.whole
        return await whole.over(request, every=self._lines.settings.mark) if whole is not None else None

    async def _carried_out(
        self, request: Exchange, texts: Sequence[bytes], places: Sequence[Place | None], opened: Opened | None
    ) -> Reply:
        elements = await self._fates(request, texts, places)
        if opened is not None:
            await _mark(opened, elements)
        self._lines.tally.settled(Counter(map(_status, elements)))
        causes = [element.fate for element in elements if isinstance(element.fate, Cause)]
        if causes and not any(isinstance(element.fate, Receipt | tuple) for element in elements):
            return causes[0].reply(instance=request.path, trace_id=request.trace_id)
        replayed = (REPLAYED_HEADER,) if opened is not None and opened.past is not None else ()
        return Reply(
            status=MULTI_STATUS,
            reason="many",
            headers=(("content-type", "application/json"), *replayed),
            body=b"[%b]" % b",".join(map(self._receipt, elements)),
        )

    async def _fates(self, request: Exchange, texts: Sequence[bytes], places: Sequence[Place | None]) -> list[_Element]:
        """All are sent before any is waited for."""
        with batched(request, topic=self._lines.writes.topic) as batches:
            sent: list[Awaitable[Receipt] | Place | Refusal | Cause] = [
                place or await self._sent(request, text, number=number, batches=batches)
                for number, (text, place) in enumerate(zip(texts, places, strict=True), start=1)
            ]
        return [
            _Element(text, index, await self._fate(request, each))
            for index, (text, each) in enumerate(zip(texts, sent, strict=True))
        ]

    async def _sent(
        self, request: Exchange, text: bytes, *, number: int, batches: Batches | None
    ) -> Awaitable[Receipt] | Refusal | Cause:
        made = await self._lines.judge(request, text, number=number)
        if not isinstance(made, Record):
            return made
        try:
            sent = asyncio.ensure_future(self._producer.send(made))
        except BusError as error:
            return judged(reply_for(error, request))
        if batches is not None:
            batches.sent(sent)
        return sent

    async def _fate(
        self, request: Exchange, sent: Awaitable[Receipt] | Place | Refusal | Cause
    ) -> Receipt | Place | Refusal | Cause:
        if isinstance(sent, tuple | Refusal | Cause):
            return sent
        try:
            return await sent
        except BusError as error:
            return judged(reply_for(error, request))

    def _receipt(self, element: _Element) -> bytes:
        match element.fate:
            case Receipt() as receipt:
                return self._receipts.accepted(element.number, receipt)
            case Refusal(members=members):
                return self._receipts.refused(element.number, members)
            case Cause() as cause:
                return self._receipts.refused(element.number, cause.members())
            case (partition, offset):
                return self._receipts.replayed(element.number, partition=partition, offset=offset)


async def _places(texts: Sequence[bytes], past: Past | None) -> Sequence[Place | None]:
    """Where each was stored before.

    Raises:
        Mismatch: Another array came under the same key.
    """
    if past is None:
        return [None] * len(texts)
    places: list[Place | None] = []
    for text in texts:
        if not past.done:
            places += [place for _, place in await past.take(text)]
    past.end()
    return places + [None] * (len(texts) - len(places))


async def _mark(opened: Opened, elements: Sequence[_Element]) -> None:
    """What is answered for good is written down, up to the first that is not."""
    for element in elements:
        if isinstance(element.fate, Cause):
            break
        receipt = element.fate if isinstance(element.fate, Receipt) else None
        if opened.marks.settled(element.number + 1, element.text, receipt):
            await opened.marks.write()
    await opened.marks.end()


def _status(element: _Element) -> str:
    match element.fate:
        case Receipt():
            return "202"
        case Refusal(status=status) | Cause(status=status):
            return str(status)
        case _:
            return REPLAYED


def _texts(body: bytes) -> Sequence[bytes] | str:
    """Each element as it was sent, byte for byte; or why the body is no array."""
    try:
        orjson.loads(body)
        return [text.encode() for text in _slices(body.decode())]
    except orjson.JSONDecodeError as error:
        return f"not JSON (line {error.lineno}, column {error.colno})"
    except (ValueError, RecursionError):  # orjson has seen to all but what only Python's parser cannot follow
        return "nested too deeply"


def _slices(text: str) -> Iterator[str]:
    at, end = text.index("[") + 1, text.rindex("]")
    while True:
        while at < end and text[at] in _SPACE:
            at += 1
        if at >= end:
            return
        _, after = _DECODER.raw_decode(text, at)
        yield text[at:after]
        at = after
