"""A results server that takes tickets, and the hands to write them, and to renew what is open."""

import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bus.ports import Bus
from bus.records import Receipt, Record
from ext_proc.exchange import Ticket
from ext_proc.results.live.sessions import Sessions
from ext_proc.results.live.topics import Topics
from ext_proc.results.reader.spending import Admission, Author, Spender
from ext_proc.results.trust import signed_by
from runtime.clock import Clock, SystemClock
from schemas.envelope import Caller, Envelope
from schemas.sessions import Session, StreamRenewed, encode_session
from schemas.signature import Signer
from tests.ext_proc.results.desk import Desk, open_desk

SIGNER = Signer("r" * 32)
TIERS = ("free", "standard", "enterprise")
COOKIE = "sluice-ticket=v1.cookie; Path=/results/q; HttpOnly"


@dataclass(frozen=True, slots=True)
class Names:
    """The topics."""

    results: str = "rag.results"
    queries: str = "rag.queries"
    sessions: str = "rag.sessions"


def ticket(name: str = "", *, holder: str = "", age: float = 0, lifetime: float = 60) -> Ticket:
    """A ticket of that name in the hands of a request of its own; `age` and `lifetime` are in seconds."""
    issued_at = round((time.time() - age) * 1000)
    return Ticket(
        id=name or uuid.uuid4().hex,
        holder=holder or uuid.uuid4().hex,
        issued_at=issued_at,
        until=issued_at + round(lifetime * 1000),
        cookie=COOKIE,
    )


def session_record(
    topic: str, key: str, session: Session, *, user: str = "alice", tier: str = "free", signer: Signer = SIGNER
) -> Record:
    """A record of sessions, as Sluice writes it."""
    body = encode_session(session)
    envelope = Envelope(
        id=uuid.uuid4().hex, source="/test", type=session.type, time=1, caller=Caller(user_id=user, tier=tier)
    )
    headers = envelope.headers(topic=topic, key=key.encode(), body=body, signer=signer)
    return Record(topic=topic, key=key.encode(), value=body, headers=headers)


async def renew(desk: Desk, names: Names, *, expires: float, tier: str = "free") -> Receipt:
    """Writes a renewal, as the processor does."""
    renewed = StreamRenewed(topic=names.results, key="k", expires=expires)
    return await desk.producer.put(session_record(names.sessions, "k", renewed, tier=tier))


@asynccontextmanager
async def open_gate(
    bus: Bus, names: Names, *, clock: Clock | None = None, patience: float = 5.0, **settings: Any
) -> AsyncIterator[Desk]:
    """Runs a results server that spends tickets."""
    clock = clock or SystemClock()
    sessions = Sessions(topic=names.sessions, tiers=TIERS, clock=clock, trust=signed_by(SIGNER))
    async with bus.producer() as producer:
        author = Author(source="/test/results", realm="test", signer=SIGNER, producer=producer)
        spender = Spender(sessions=sessions, author=author, clock=clock, patience=patience)
        async with open_desk(
            bus,
            topics=(names.results, names.queries),
            followed=Topics(
                events=frozenset([names.results]), proofs=frozenset([names.queries]), sessions=names.sessions
            ),
            admission=Admission(sessions=sessions, spend=spender.spend),
            **settings,
        ) as desk:
            yield desk
