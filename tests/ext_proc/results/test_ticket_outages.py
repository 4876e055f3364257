"""Tickets while Kafka is away, or has lost what would judge them."""

import asyncio

import pytest

from bus.memory import MemoryBus
from bus.records import Partition
from runtime.settings.kafka import ProducerSettings
from tests.ext_proc.results.desk import Desk, Open, make_topics
from tests.ext_proc.results.gate import Names, open_gate, ticket

NAMES = Names()


@pytest.fixture
async def bus() -> MemoryBus:
    """A bus with the topics, whose producers give up soon."""
    bus = MemoryBus(producer=ProducerSettings(delivery_timeout=0.3))
    await make_topics(bus, NAMES.results, NAMES.queries, NAMES.sessions)
    return bus


async def test_kafka_is_away(bus: MemoryBus) -> None:
    """503 with the time to wait; nothing was claimed, so the ticket is good when Kafka is back."""
    async with open_gate(bus, NAMES) as desk:
        bus.stop()
        async with await desk.get(desk.wants(ticket=ticket("t"))) as client:
            assert (client.status, client.headers["retry-after"]) == (503, "2")
            assert "set-cookie" not in client.headers
        bus.start()
        async with asyncio.timeout(10):
            while (status := await _status(desk, "t")) == 503:  # noqa: ASYNC110 - the producer tells nobody
                await asyncio.sleep(0.05)
        assert status == 200


async def _status(desk: Desk, name: str) -> int:
    async with await desk.get(desk.wants(ticket=ticket(name))) as client:
        return client.status


async def test_what_was_lost_is_spent(bus: MemoryBus) -> None:
    """Where the feed has missed records, nobody can tell any more: a ticket of before is refused, to be safe."""
    async with open_gate(bus, NAMES) as desk:
        desk.feed._sessions.lose(Partition(NAMES.sessions, 0), position=0)
        assert await _status(desk, "t") == 401


async def test_without_a_topic_there_are_no_tickets(open_: Open) -> None:
    """A results server whose configuration names none takes none, whatever a processor lets pass."""
    async with open_() as desk:
        assert await _status(desk, "t") == 503
        async with await desk.get() as client:
            assert client.status == 200
