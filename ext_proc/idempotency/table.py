"""What one process knows of all keys: the records of one topic, as far as they have been read."""

import asyncio
import logging
from dataclasses import dataclass

from bus.records import Partition, Received
from ext_proc.idempotency.entry import Entry, Terms, after
from runtime.clock import Clock
from runtime.metrics import GatewayMetrics
from schemas.envelope import doubt
from schemas.errors import Malformed
from schemas.idempotency import Said, decode_idempotency
from schemas.signature import Signer

SKEW = 60_000  # ms that clocks may differ, and that a starting process reads more than it keeps

_log = logging.getLogger("sluice.idempotency")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is kept of which topic.

    Attributes:
        limit: Keys known at most; past it those that were changed longest ago are forgotten.
    """

    topic: str
    terms: Terms
    limit: int


class Table:
    """Learns from the records that Sluice has signed, in the order of the log, and passes over all others."""

    def __init__(self, kept: Kept, *, signer: Signer, clock: Clock, metrics: GatewayMetrics) -> None:
        self.kept = kept
        self._signer = signer
        self._clock = clock
        self._known = metrics.idempotency_keys.labels(kept.topic)
        self._forgotten = metrics.idempotency_forgotten.labels(kept.topic)
        self._entries: dict[bytes, Entry] = {}  # the one that was changed longest ago comes first
        self._positions: dict[Partition, int] = {}
        self._waiting: dict[tuple[Partition, int], asyncio.Event] = {}  # bounded by the requests in work

    @property
    def since(self) -> int:
        """From when on records matter, in ms since the epoch."""
        return max(0, self._clock.now_ms() - self.kept.terms.kept - SKEW)

    def find(self, name: bytes) -> Entry | None:
        """What is known of a key; `None` for nothing, or nothing any more."""
        entry = self._entries.get(name)
        return entry if entry is not None and entry.known(now=self._clock.now_ms(), terms=self.kept.terms) else None

    def learn(self, record: Received) -> None:
        """Takes the next record of the topic."""
        self._positions[record.at] = record.offset + 1
        self._take(record)
        if told := self._waiting.get((record.at, record.offset)):
            told.set()

    async def reached(self, partition: Partition, offset: int) -> None:
        """Returns once everything up to and with that record is known here."""
        if self._positions.get(partition, 0) > offset:
            return
        place = (partition, offset)
        try:
            await self._waiting.setdefault(place, asyncio.Event()).wait()
        finally:
            self._waiting.pop(place, None)

    def _take(self, record: Received) -> None:
        understood = read(record, signer=self._signer)
        if understood is None:
            return
        name, said = understood
        before = self._entries.get(name)
        place = (record.partition, record.offset)
        entry = after(before, said, at=record.timestamp, terms=self.kept.terms, place=place) if said else before
        if entry is not before:
            self._put(name, entry)

    def _put(self, name: bytes, entry: Entry | None) -> None:
        self._entries.pop(name, None)
        if entry is not None:
            self._entries[name] = entry
        self._forget()
        self._known.set(len(self._entries))

    def _forget(self) -> None:
        now = self._clock.now_ms()
        while self._entries:
            oldest = next(iter(self._entries))
            if self._entries[oldest].known(now=now, terms=self.kept.terms):
                if len(self._entries) <= self.kept.limit:
                    return
                self._forgotten.inc()
            del self._entries[oldest]


def read(record: Received, *, signer: Signer) -> tuple[bytes, Said | None] | None:
    """Under which name a record says what; nothing, where Sluice has not signed it or it is not as its type says."""
    key, body = record.key, record.value
    if doubt(topic=record.topic, key=key, headers=record.headers, body=body, signer=signer):
        return None
    try:
        return bytes.fromhex((key or b"").decode("ascii")), decode_idempotency(body or b"")
    except (ValueError, Malformed):
        _log.warning("a record is not as its type says", extra={"topic": record.topic, "offset": record.offset})
        return None
