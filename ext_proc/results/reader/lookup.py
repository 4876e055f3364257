"""Whether anybody has heard of a reader's key: in memory, and where that does not know, in the log."""

from collections.abc import Callable

from bus.errors import OffsetOutOfRange
from bus.records import Partition
from ext_proc.results.live.event import Event
from ext_proc.results.live.hub import Hub
from ext_proc.results.live.proofs import Proof
from ext_proc.results.past.page import Past, Span, Wanted
from ext_proc.results.reader.subscriber import Subscriber

SKEW = 5_000  # ms that the clocks of whoever issues ids and of whoever writes records may differ


class Lookup:
    """Knows a key by an event that the reader may see, or by a record of `known_by` that is the reader's own."""

    def __init__(self, *, hub: Hub, past: Past) -> None:
        self._hub = hub
        self._past = past

    def since(self, subscriber: Subscriber) -> int | None:
        """The time before which there is nothing of the key, in ms; `None` where that is not known."""
        if subscriber.wants.since is not None:
            return subscriber.wants.since
        return self._hub.proofs.seen(proof(subscriber))

    def remembers(self, subscriber: Subscriber) -> bool:
        """Memory knows the key."""
        if self._hub.proofs.seen(proof(subscriber)) is not None:
            return True
        return any(subscriber.sees(event) for event in subscriber.lane.channel.events)

    async def finds(self, subscriber: Subscriber, *, below: int) -> bool:
        """The log knows the key; of its own topic only what lies below an offset is looked at.

        Raises:
            Busy: Too many are reading the past.
            BusUnavailable: The past could not be read.
        """
        return await self._proved(subscriber) or await self._written(subscriber, below=below)

    async def _proved(self, subscriber: Subscriber) -> bool:
        wants = subscriber.wants
        if not wants.known_by:
            return False
        partition = await self._past.partition(wants.known_by, wants.partition_name)
        stop = (await self._past.bounds(partition)).end
        found = await self._search(subscriber, partition, stop=stop, fits=subscriber.owns)
        if found is not None:
            self._hub.proofs.note(proof(subscriber), found.timestamp)
        return found is not None

    async def _written(self, subscriber: Subscriber, *, below: int) -> bool:
        partition = subscriber.lane.channel.horizon.at
        return await self._search(subscriber, partition, stop=below, fits=subscriber.sees) is not None

    async def _search(
        self, subscriber: Subscriber, partition: Partition, *, stop: int, fits: Callable[[Event], bool]
    ) -> Event | None:
        """The first event of the key before `stop` that fits, page by page, so that others have their turns."""
        since = self.since(subscriber)
        wanted: Wanted = "earliest" if since is None else max(since - SKEW, 0)
        offset = (await self._past.offsets({partition: wanted}))[partition] if stop > 0 else 0
        while offset < stop:
            span = Span(partition=partition, key=subscriber.key, start=offset, stop=stop)
            try:
                page = await self._past.page(span)
            except OffsetOutOfRange as gone:
                offset = gone.earliest
                continue
            if found := next(filter(fits, page.events), None):
                return found
            offset = page.next
        return None


def proof(subscriber: Subscriber) -> Proof:
    """What proves that the reader's key exists: that it has asked for it, or where owners do not matter, that anybody has."""
    wants, key = subscriber.wants, subscriber.key or b""
    return (wants.known_by, key, wants.user_id.encode()) if wants.owner else (wants.known_by, key)
