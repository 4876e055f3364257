"""What has already been answered, read where it is written: `rag.results` and `rag.answers`.

A generator that takes a partition over learns from it which of its queries have ended, and which had only begun when
their generator died. Queries, contexts, results and answers have the same partitions, so one partition tells it all.
Results are read from the moment on at which the query at hand was asked: nothing about it can be older.
"""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field

from bus.partitioner import partition_of
from bus.ports import Reader
from bus.records import Partition, Received, Record
from schemas.events import TERMINAL, Cited, Delta, Reset, Used, event_name
from schemas.signature import Signer
from workers.errors import Untrusted
from workers.lru import Lru
from workers.scan import scan
from workers.scribe import written_at
from workers.topics import ANSWERS, RESULTS
from workers.trust import verify

LIMIT = 10_000  # keys of each partition
READ_ANSWERS = 2_000  # records of each partition of rag.answers that are read when its first query comes
SKEW_MS = 30_000  # by so much the clocks of two machines may differ
DIED = (
    "worker-restarted"  # the reason for a reset where a generator has died: whatever it wrote, it had called the model
)

_TEXT = frozenset({Delta.name, Cited.name, Used.name})


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far the answer to a query has come.

    Attributes:
        ended: A terminal event is on `rag.results`: there is nothing to do.
        answer: The value on `rag.answers`, where it is there and its terminal event is not.
        begun: Events are on `rag.results`.
        void: Text that may be among them does not count; the reason why.
        resets: How often the answer has started again.
    """

    ended: bool = False
    answer: bytes | None = None
    begun: bool = False
    void: str | None = None
    resets: int = 0


@dataclass(slots=True)
class _Begun:
    resets: int = 0
    void: str | None = None


def _lru_of_begun() -> Lru[bytes, _Begun]:
    return Lru(LIMIT)


def _lru_of_offsets() -> Lru[bytes, int]:
    return Lru(LIMIT)


def _lru_of_ended() -> Lru[bytes, bool]:
    return Lru(LIMIT)


@dataclass(slots=True)
class _Page:
    """One partition. `since` is the time, and `start` the offset, from which on results have been read."""

    since: int
    start: int
    ended: Lru[bytes, bool] = field(default_factory=_lru_of_ended)
    begun: Lru[bytes, _Begun] = field(default_factory=_lru_of_begun)
    answers: Lru[bytes, int] = field(default_factory=_lru_of_offsets)


class AnswerLog:
    """Belongs to one generator. Contexts, results and answers have `partitions` partitions each."""

    def __init__(self, reader: Reader, *, signer: Signer, partitions: int) -> None:
        self._reader = reader
        self._partitions = partitions
        self._signer = signer
        self._pages: dict[int, _Page] = {}
        self._reading = asyncio.Lock()

    async def standing(self, record: Received, *, asked_at: int) -> Standing:
        """How far the answer to this context has come.

        Raises:
            BusUnavailable: No broker answered.
        """
        page = await self._page(record.partition, asked_at - SKEW_MS)
        key = record.key or b""
        if page.ended.get(key):
            return Standing(ended=True)
        if (offset := page.answers.get(key)) is not None:
            return await self._answered(record.partition, page, key, offset)
        if begun := page.begun.get(key):
            return Standing(begun=True, void=begun.void, resets=begun.resets)
        return Standing()

    async def holds(self, record: Record) -> bool:
        """Whether a record with this key and `ce_id` is on its topic.

        Raises:
            BusUnavailable: No broker answered.
        """
        at = Partition(record.topic, self._partition(record.key or b""))
        start = await self._reader.offset_at(at, written_at(record) - SKEW_MS)
        bounds = await self._reader.bounds(at)
        wanted = (record.key, dict(record.headers).get("ce_id"))
        async for found in scan(self._reader, at, start=start, end=bounds.end):
            if (found.key, dict(found.headers).get("ce_id")) == wanted:
                return True
        return False

    def wrote(self, key: bytes, name: str, *, void: str | None) -> None:
        """An event was written here. `void` says why its text would not count, were the answer to start again."""
        if page := self._pages.get(self._partition(key)):
            _note(page, key, name, void=void)

    def void(self, key: bytes, reason: str) -> None:
        """The model was called and has failed: were the answer to start again, that is said."""
        self.wrote(key, Delta.name, void=reason)

    def forget(self, partitions: Collection[Partition]) -> None:
        """These belong to another generator now, which writes what we do not see."""
        for partition in partitions:
            self._pages.pop(partition.number, None)

    async def _page(self, number: int, since: int) -> _Page:
        async with self._reading:
            page = self._pages.get(number)
            if page is None:
                page = await self._open(number, since)
                self._pages[number] = page
            elif since < page.since:
                await self._reach_back(number, page, since)
            return page

    async def _open(self, number: int, since: int) -> _Page:
        end = (await self._reader.bounds(Partition(RESULTS, number))).end
        page = _Page(since=since, start=end)
        await self._reach_back(number, page, since)
        at = Partition(ANSWERS, number)
        bounds = await self._reader.bounds(at)
        start = max(bounds.earliest, bounds.end - READ_ANSWERS)
        async for record in scan(self._reader, at, start=start, end=bounds.end):
            if record.value is None:
                page.answers.drop(record.key or b"")
            elif self._trusted(record):
                page.answers.set(record.key or b"", record.offset)
        return page

    async def _reach_back(self, number: int, page: _Page, since: int) -> None:
        at = Partition(RESULTS, number)
        start = min(await self._reader.offset_at(at, max(since, 0)), page.start)
        async for record in scan(self._reader, at, start=start, end=page.start):
            if self._trusted(record):
                _note(page, record.key or b"", event_name(record.header("ce_type") or ""), void=DIED)
        page.since, page.start = since, start

    async def _answered(self, number: int, page: _Page, key: bytes, offset: int) -> Standing:
        """A copy may come long after its query: the end that goes with an answer is about as old as that."""
        found = await self._reader.read(Partition(ANSWERS, number), offset, limit=1)
        if not found or (found[0].offset, found[0].key) != (offset, key):
            return Standing()
        async with self._reading:
            if (since := found[0].timestamp - SKEW_MS) < page.since:
                await self._reach_back(number, page, since)
        return Standing(ended=True) if page.ended.get(key) else Standing(answer=found[0].value)

    def _partition(self, key: bytes) -> int:
        return partition_of(key, self._partitions)

    def _trusted(self, record: Received) -> bool:
        try:
            verify(record, self._signer)
        except Untrusted:
            return False
        return True


def _note(page: _Page, key: bytes, name: str, *, void: str | None) -> None:
    if name in TERMINAL:
        page.ended.set(key, True)
        page.begun.drop(key)
        return
    begun = page.begun.get(key) or _Begun()
    begun.resets += name == Reset.name
    if void == DIED or name in _TEXT:
        begun.void = void
    elif name == Reset.name:
        begun.void = None
    page.begun.set(key, begun)
