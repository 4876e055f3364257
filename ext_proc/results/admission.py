"""Tickets and renewals of one process, made from the configuration."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bus.ports import Bus
from ext_proc.results.live.sessions import Sessions
from ext_proc.results.reader.spending import Admission, Author, Spender, no_tickets
from ext_proc.results.trust import signed_by
from runtime.clock import Clock
from runtime.settings.gateway import Gateway
from schemas.signature import Signer


@asynccontextmanager
async def admitting(gateway: Gateway, *, bus: Bus, signer: Signer, clock: Clock) -> AsyncIterator[Admission]:
    """Spends tickets while the context is open; without a topic for that, takes none, and produces nothing."""
    tiers = [tier.name for tier in gateway.tiers]
    sessions = Sessions(topic=gateway.results.sessions or "", tiers=tiers, clock=clock, trust=signed_by(signer))
    if not sessions.topic:
        yield Admission(sessions=sessions, spend=no_tickets)
        return
    async with bus.producer() as producer:
        author = Author(
            source=f"/{gateway.name}/results", realm=gateway.identity.realm, signer=signer, producer=producer
        )
        yield Admission(sessions=sessions, spend=Spender(sessions=sessions, author=author, clock=clock).spend)
