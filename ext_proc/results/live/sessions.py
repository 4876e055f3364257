"""What the topic of sessions says, as far as the feed has brought it: spent tickets, and renewed leases."""

import asyncio
import logging
from collections.abc import Mapping, Sequence

from bus.records import Partition, Received
from ext_proc.results.live.claims import GRACE, Claim, Claims
from ext_proc.results.live.renewals import Renewal, Renewals, Streams
from ext_proc.results.trust import Trust, anybody
from ext_proc.tickets import LONGEST
from runtime.clock import Clock
from schemas.sessions import Session, StreamRenewed, TicketSpent, decode_session

SKEW = 30_000  # ms that a record's timestamp may lie off
WINDOW = round(LONGEST * 1000) + GRACE + SKEW  # ms of the topic that a starting process reads: no ticket is older

_log = logging.getLogger("sluice.results")


class Sessions:
    """Follows one topic; without one (an empty name) there is nothing to follow, and no ticket is ever spent.

    Only what Sluice has signed counts, and records of other types are passed over.
    """

    def __init__(self, *, topic: str, tiers: Sequence[str], clock: Clock, trust: Trust = anybody) -> None:
        self.topic = topic
        self.claims = Claims()
        self.renewals = Renewals(tiers=tiers)
        self._clock = clock
        self._trust = trust
        self._positions: dict[Partition, int] = {}
        self._waiting: set[tuple[Partition, int, asyncio.Future[None]]] = set()

    def begin(self, partition: Partition, *, offset: int) -> None:
        """The feed follows `partition` from `offset` on, if it is of this topic."""
        if partition.topic == self.topic:
            self._positions.setdefault(partition, offset)

    def positions(self) -> Mapping[Partition, int]:
        """The next offset expected of each partition."""
        return self._positions

    def push(self, records: Sequence[Received]) -> None:
        """Takes what the feed brings, of whichever topic."""
        mine = [record for record in records if record.topic == self.topic]
        for record in mine:
            if record.offset >= self._positions.get(record.at, 0):
                self._positions[record.at] = record.offset + 1
                self._take(record)
        if mine:
            self._tell()

    def lose(self, partition: Partition, *, position: int) -> None:
        """The feed has to go on at `position`; the tickets of today may have been spent in what it missed."""
        if partition.topic == self.topic:
            self._positions[partition] = position
            self.claims.lose(self._clock.now_ms() + SKEW)
            self._tell()

    async def reached(self, partition: Partition, offset: int) -> None:
        """Returns once everything up to and with that record is known here."""
        if self._positions.get(partition, 0) > offset:
            return
        waiter = (partition, offset, asyncio.get_running_loop().create_future())
        self._waiting.add(waiter)
        try:
            await waiter[2]
        finally:
            self._waiting.discard(waiter)

    def _take(self, record: Received) -> None:
        if record.key is None or record.value is None or not self._trust(record):
            return
        try:
            session = decode_session(record.header("ce_type") or "", record.value)
        except (ValueError, TypeError):
            _log.warning("a session is not as its type says", extra={"partition": record.partition})
        else:
            self._apply(session, record)

    def _apply(self, session: Session | None, record: Received) -> None:
        now = self._clock.now_ms()
        match session:
            case TicketSpent(holder=holder, issued_at=issued_at, until=until):
                ticket = (record.key or b"").decode("utf-8", "replace")
                self.claims.add(Claim(ticket=ticket, holder=holder, issued_at=issued_at, until=until), now=now)
            case StreamRenewed(topic=topic, key=key, expires=expires):
                streams = Streams(topic=topic, key=key, user_id=record.header("user-id") or "")
                renewal = Renewal(streams=streams, tier=record.header("user-tier") or "", expires=expires)
                self.renewals.add(renewal, now=now)

    def _tell(self) -> None:
        for partition, offset, told in self._waiting:
            if self._positions.get(partition, 0) > offset and not told.done():
                told.set_result(None)
