"""What memory no longer holds, read from Kafka page by page."""

from dataclasses import dataclass

from bus.errors import BusUnavailable
from bus.ports import Reader
from bus.records import Bounds, Partition, Received
from ext_proc.results.live.event import Event
from ext_proc.results.past.pool import ReaderPool
from ext_proc.results.trust import Trust, anybody

READ = 500  # records of one read
SCAN = 5_000  # records of one turn: then the reader goes to the next who waits
PAGE_BYTES = 256 * 1024  # events of one page, held by one reader of results while it writes them


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The records of `key` from `start` up to, and without, `stop`."""

    partition: Partition
    key: bytes
    start: int
    stop: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some events, in order, and the offset at which the next page starts. Events may be few, or none, before the end."""

    events: tuple[Event, ...]
    next: int


class Past:
    """Reads the past with a shared pool. Everything may raise `BusUnavailable`, and `Busy` where too many wait."""

    def __init__(self, pool: ReaderPool, *, trust: Trust = anybody) -> None:
        self._pool = pool
        self._trust = trust

    async def page(self, span: Span) -> Page:
        """The first page of `span`.

        Raises:
            OffsetOutOfRange: Kafka no longer holds the start.
        """
        return await self._pool.run(lambda reader: _scan(reader, span, trust=self._trust))

    async def record(self, partition: Partition, offset: int) -> Received | None:
        """The record at `offset`, or `None` where there is none to show: compacted away, yet to come, or not trusted.

        Raises:
            OffsetOutOfRange: Kafka no longer holds it.
        """
        found = await self._pool.run(lambda reader: reader.read(partition, offset, limit=1))
        return found[0] if found and found[0].offset == offset and self._trust(found[0]) else None

    async def bounds(self, partition: Partition) -> Bounds:
        """The offsets that Kafka holds now."""
        return await self._pool.run(lambda reader: reader.bounds(partition))

    async def offset_at(self, partition: Partition, timestamp: int) -> int:
        """The first offset at or after a time in ms."""
        return await self._pool.run(lambda reader: reader.offset_at(partition, max(timestamp, 0)))


async def _scan(reader: Reader, span: Span, *, trust: Trust) -> Page:
    events: list[Event] = []
    offset, size, last = span.start, 0, span.start + SCAN
    while offset < min(span.stop, last) and size < PAGE_BYTES:
        records = await reader.read(span.partition, offset, limit=READ)
        if not records:
            await _check_end(reader, span)
            return Page(events=tuple(events), next=span.stop)
        found = [Event(r) for r in records if r.key == span.key and r.offset < span.stop and trust(r)]
        events += found
        size += sum(event.size for event in found)
        offset = min(records[-1].offset + 1, span.stop)
    return Page(events=tuple(events), next=offset)


async def _check_end(reader: Reader, span: Span) -> None:
    """Nothing before `stop` is right where compaction has emptied the rest, and wrong from a replica that lags behind."""
    bounds = await reader.bounds(span.partition)
    if bounds.end < span.stop:
        raise BusUnavailable(doing=f"reading {span.partition.topic}[{span.partition.number}] up to {span.stop}")
