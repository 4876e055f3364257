"""A ticket is spent before its stream begins, once among all replicas, and the log decides by whom.

```
claim written, key = the ticket ──► read back through the feed ──► whose claim is the first? ──► the stream, or 401
```
All claims on a ticket are in one partition, so that every replica sees the same first one, also one that has just started.
A claim names its request. If this process dies with a claim written and nothing answered, Envoy asks another process,
under the same name: to that one the ticket is not spent by somebody else. Only where no process answers in Envoy's
few tries is the ticket lost with a 503, and its holder needs a new one: rather that than a ticket that opens twice.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bus.errors import BusUnavailable
from bus.ports import Producer
from bus.records import Partition, Record
from ext_proc.exchange import Ticket
from ext_proc.results.errors import Busy, Spent
from ext_proc.results.live.sessions import Sessions
from ext_proc.results.reader.subscription import Subscription
from runtime.clock import Clock
from schemas.envelope import Caller, Envelope
from schemas.sessions import TicketSpent, encode_session
from schemas.signature import Signer

PATIENCE = 5.0  # seconds until what Kafka has acknowledged must be read back

Spend = Callable[[Subscription], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Who spends tickets, and what the log says of them and of renewals."""

    sessions: Sessions
    spend: Spend


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """As whom claims are written, and where (`realm`) a refused reader may have another ticket."""

    source: str
    realm: str
    signer: Signer
    producer: Producer


class Spender:
    """Spends the tickets of one process's readers."""

    def __init__(self, *, sessions: Sessions, author: Author, clock: Clock, patience: float = PATIENCE) -> None:
        self._sessions = sessions
        self._author = author
        self._clock = clock
        self._patience = patience

    async def spend(self, wants: Subscription) -> None:
        """Returns where there is no ticket, or once it is this request's own.

        Raises:
            Spent: Another request has it, or it is too old to be known of.
            BusError: Kafka did not take the claim, or did not give it back in time.
        """
        ticket = wants.ticket
        if ticket is None or self._is_ours(ticket):
            return
        receipt = await self._author.producer.send(self._claim(wants, ticket))
        try:
            async with asyncio.timeout(self._patience):
                await self._sessions.reached(Partition(receipt.topic, receipt.partition), receipt.offset)
        except TimeoutError as error:
            raise BusUnavailable(doing="reading back that a ticket is spent") from error
        if not self._is_ours(ticket):
            raise Spent(realm=self._author.realm)

    def _is_ours(self, ticket: Ticket) -> bool:
        """Whether it is known to be; not yet, where nobody's claim is known.

        Raises:
            Spent: It is known not to be.
        """
        claims = self._sessions.claims
        judged = claims.judges(issued_at=ticket.issued_at, until=ticket.until, now=self._clock.now_ms())
        holder = claims.holder(ticket.id)
        if not judged or holder not in {None, ticket.holder}:
            raise Spent(realm=self._author.realm)
        return holder is not None

    def _claim(self, wants: Subscription, ticket: Ticket) -> Record:
        key = ticket.id.encode()
        body = encode_session(TicketSpent(holder=ticket.holder, issued_at=ticket.issued_at, until=ticket.until))
        envelope = Envelope(
            id=ticket.holder,
            source=self._author.source,
            type=TicketSpent.type,
            time=self._clock.now_ms(),
            caller=Caller(user_id=wants.user_id, tier=wants.tier),
        )
        topic = self._sessions.topic
        headers = envelope.headers(topic=topic, key=key, body=body, signer=self._author.signer)
        return Record(topic=topic, key=key, value=body, headers=headers)


async def no_tickets(wants: Subscription) -> None:
    """As `Spender.spend`, of a process that has no topic to spend them in: it takes none.

    Raises:
        Busy: There is a ticket. The processor that let it pass has another configuration.
    """
    if wants.ticket is not None:
        raise Busy(what="tickets cannot be spent here")
