"""What memory no longer holds, read from Kafka page by page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bus.errors import BusUnavailable
from bus.partitioner import partition_of
from bus.ports import Reader
from bus.records import Bounds, Partition
from ext_proc.results.live.event import Event
from ext_proc.results.past.pool import ReaderPool

READ = 500  # records of one read
SCAN = 5_000  # records of one turn: then the reader goes to the next who waits
PAGE_BYTES = 256 * 1024  # events of one page, held by one reader of results while it writes them


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The records of `key`, or where that is `None` all records, from `start` up to, and without, `stop`."""

    partition: Partition
    key: bytes | None
    start: int
    stop: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some events, in order, and the offset at which the next page starts. Events may be few, or none, before the end."""

    events: tuple[Event, ...]
    next: int


Wanted = Literal["earliest", "end"] | int
"""An offset by what it is: the first that Kafka holds, the next to be written, or the first at or after a time in ms."""


class Past:
    """Reads the past with a shared pool. Everything may raise `BusUnavailable`, and `Busy` where too many wait.

    It knows nothing of who may see what: `headers` names by topic what conditions read, and is kept with each event.
    """

    def __init__(self, pool: ReaderPool, *, headers: Mapping[str, frozenset[str]] | None = None) -> None:
        self._pool = pool
        self._headers = headers or {}

    async def page(self, span: Span) -> Page:
        """The first page of `span`.

        Raises:
            OffsetOutOfRange: Kafka no longer holds the start.
        """
        return await self._pool.run(lambda reader: _scan(reader, span, keep=self._kept(span.partition)))

    async def record(self, partition: Partition, offset: int) -> Event | None:
        """The record at `offset`, or `None` where there is none: compacted away, or yet to come.

        Raises:
            OffsetOutOfRange: Kafka no longer holds it.
        """
        found = await self._pool.run(lambda reader: reader.read(partition, offset, limit=1))
        return Event(found[0], keep=self._kept(partition)) if found and found[0].offset == offset else None

    async def bounds(self, partition: Partition) -> Bounds:
        """The offsets that Kafka holds now."""
        return await self._pool.run(lambda reader: reader.bounds(partition))

    async def partitions(self, topic: str) -> int:
        """How many partitions the topic has now."""
        return await self._pool.run(lambda reader: reader.partitions(topic))

    async def partition(self, topic: str, name: bytes) -> Partition:
        """The one of the topic's partitions that `name` chooses, as the Java client does."""
        return Partition(topic, partition_of(name, await self.partitions(topic)))

    async def offset_at(self, partition: Partition, timestamp: int) -> int:
        """The first offset at or after a time in ms."""
        return await self._pool.run(lambda reader: reader.offset_at(partition, max(timestamp, 0)))

    async def offsets(self, wanted: Mapping[Partition, Wanted]) -> Mapping[Partition, int]:
        """An offset of each of some partitions, in one turn."""
        return await self._pool.run(lambda reader: _offsets(reader, wanted)) if wanted else {}

    def _kept(self, partition: Partition) -> frozenset[str]:
        return self._headers.get(partition.topic, frozenset())


async def _offsets(reader: Reader, wanted: Mapping[Partition, Wanted]) -> Mapping[Partition, int]:
    return {partition: await _offset(reader, partition, which) for partition, which in wanted.items()}


async def _offset(reader: Reader, partition: Partition, which: Wanted) -> int:
    if isinstance(which, int):
        return await reader.offset_at(partition, which)
    bounds = await reader.bounds(partition)
    return bounds.earliest if which == "earliest" else bounds.end


async def _scan(reader: Reader, span: Span, *, keep: frozenset[str]) -> Page:
    events: list[Event] = []
    offset, size, last = span.start, 0, span.start + SCAN
    while offset < min(span.stop, last) and size < PAGE_BYTES:
        records = await reader.read(span.partition, offset, limit=READ)
        if not records:
            await _check_end(reader, span)
            return Page(events=tuple(events), next=span.stop)
        wanted = [r for r in records if (span.key is None or r.key == span.key) and r.offset < span.stop]
        found = [Event(record, keep=keep) for record in wanted]
        events += found
        size += sum(event.size for event in found)
        offset = min(records[-1].offset + 1, span.stop)
    return Page(events=tuple(events), next=offset)


async def _check_end(reader: Reader, span: Span) -> None:
    """Nothing before `stop` is right where compaction has emptied the rest, and wrong from a replica that lags behind."""
    bounds = await reader.bounds(span.partition)
    if bounds.end < span.stop:
        raise BusUnavailable(doing=f"reading {span.partition.topic}[{span.partition.number}] up to {span.stop}")
