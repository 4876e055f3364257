"""Tickets are taken where the configuration names a topic to spend them in."""

import pytest

from bus.memory import MemoryBus
from ext_proc.results.admission import admitting
from ext_proc.results.errors import Busy, Spent
from ext_proc.results.reader.subscription import Subscription
from runtime.clock import SystemClock
from tests.ext_proc.results.gate import SIGNER, ticket
from tests.fixtures.settings import changed, declared

OLD = Subscription(topic="r", key="k", user_id="alice", tier="free", ticket=ticket(age=4000))


async def test_as_declared() -> None:
    """gateway.yaml names one; what is refused is told where another ticket may be had."""
    gateway, _ = declared()
    async with admitting(gateway, bus=MemoryBus(), signer=SIGNER, clock=SystemClock()) as admission:
        assert admission.sessions.topic == "rag.sessions"
        with pytest.raises(Spent) as raised:
            await admission.spend(OLD)
    assert raised.value.realm == "sluice"


async def test_without_a_topic() -> None:
    """No ticket is taken, and nothing is followed."""
    gateway, _ = declared(changed(", sessions: rag.sessions}", "}"))
    async with admitting(gateway, bus=MemoryBus(), signer=SIGNER, clock=SystemClock()) as admission:
        assert admission.sessions.topic == ""
        with pytest.raises(Busy):
            await admission.spend(OLD)
