"""What only Kafka knows of a query: whether it was asked, where its events lie, and the answer that outlives them."""

from dataclasses import replace

from bus.errors import OffsetOutOfRange
from bus.records import Partition
from ext_proc.results.live.event import Event
from ext_proc.results.past.page import SCAN, Page, Past, Span
from ext_proc.results.reader.lookup import SKEW
from ext_proc.results.reader.subscriber import Subscriber

LATE = 60_000  # ms after its id was issued within which a query is written, or was never accepted
NEWEST = SCAN  # records of a partition, from its end, among which a key is looked for whose time is not known


class Search:
    """Looks in the topics of one subscription for its key. Everything may raise `BusUnavailable` and `Busy`."""

    def __init__(self, *, past: Past, subscriber: Subscriber) -> None:
        self._past = past
        self._subscriber = subscriber
        self._wants = subscriber.wants

    async def asked_at(self) -> int | None:
        """When the query was written (ms), by the topic that proves it; `None` where it is not there.

        An issued id says about when that was; a chosen one is looked for among the newest queries alone.
        """
        partition = await self._past.partition(self._wants.known_by, self._wants.partition_name)
        since = self._wants.since
        if since is None:
            start, stop = await self._newest(partition)
        else:
            start = await self._past.offset_at(partition, since - SKEW)
            stop = await self._past.offset_at(partition, since + LATE)
        found = await self._first(partition, start, stop)
        return found.timestamp if found else None

    async def answer(self, since: int | None) -> tuple[Partition, Event] | None:
        """The newest answer, and where it lies. It is no older than `since`; or else only the newest are looked at."""
        if not self._wants.answers:
            return None
        partition = await self._past.partition(self._wants.answers, self._wants.partition_name)
        start, stop = await self._newest(partition)
        if since is not None:
            start = await self._past.offset_at(partition, since - SKEW)
        found = await self._last(partition, start, stop)
        return (partition, found) if found else None

    async def events_from(self, since: int) -> tuple[int, bool]:
        """The offset at which the key's events begin, and whether Kafka may have let some of them go already."""
        partition = self._subscriber.lane.channel.horizon.at
        start = await self._past.offset_at(partition, since - SKEW)
        earliest = (await self._past.bounds(partition)).earliest
        return start, 0 < earliest >= start

    async def page(self, partition: Partition, start: int, stop: int) -> Page:
        """The first page of what the reader may see of the key.

        Raises:
            OffsetOutOfRange: Kafka no longer holds the start.
        """
        page = await self._past.page(Span(partition=partition, key=self._subscriber.key, start=start, stop=stop))
        return replace(page, events=tuple(event for event in page.events if self._subscriber.sees(event)))

    async def event(self, partition: Partition, offset: int) -> Event | None:
        """The event at that place, if it is still there and the reader's."""
        try:
            event = await self._past.record(partition, offset)
        except OffsetOutOfRange:
            return None
        return event if event and event.key == self._subscriber.key and self._subscriber.sees(event) else None

    async def _first(self, partition: Partition, start: int, stop: int) -> Event | None:
        page = Page(events=(), next=start)
        while not page.events and page.next < stop:
            page = await self._held(partition, page.next, stop)
        return page.events[0] if page.events else None

    async def _last(self, partition: Partition, start: int, stop: int) -> Event | None:
        last, page = None, Page(events=(), next=start)
        while page.next < stop:
            page = await self._held(partition, page.next, stop)
            last = page.events[-1] if page.events else last
        return last

    async def _held(self, partition: Partition, start: int, stop: int) -> Page:
        """As `page`; what Kafka no longer holds is passed over."""
        try:
            return await self.page(partition, start, stop)
        except OffsetOutOfRange as gone:
            return Page(events=(), next=gone.earliest)

    async def _newest(self, partition: Partition) -> tuple[int, int]:
        bounds = await self._past.bounds(partition)
        return max(bounds.earliest, bounds.end - NEWEST), bounds.end
