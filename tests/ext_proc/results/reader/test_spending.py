"""How one process decides whether a ticket is its request's."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from bus.errors import BusUnavailable
from bus.memory import MemoryBus
from bus.records import Partition, Received
from ext_proc.results.errors import Busy, Spent
from ext_proc.results.live.claims import Claim
from ext_proc.results.live.sessions import Sessions
from ext_proc.results.reader.spending import Author, Spender, no_tickets
from ext_proc.results.reader.subscription import Subscription
from runtime.clock import SystemClock
from tests.ext_proc.results.desk import make_topics
from tests.ext_proc.results.gate import SIGNER, TIERS, ticket

MINE = ticket("t", holder="mine", lifetime=3600)
WANTS = Subscription(topic="r", key="k", user_id="alice", tier="free", ticket=MINE)


@dataclass
class Counter:
    """A spender whose feed is the test's own hand."""

    bus: MemoryBus
    sessions: Sessions
    spender: Spender

    async def written(self) -> list[Received]:
        """The claims in the log."""
        async with self.bus.reader() as reader:
            parts = [await reader.read(Partition("s", number), 0, limit=100) for number in range(3)]
        return [record for part in parts for record in part]

    def claimed(self, holder: str) -> None:
        """A claim is known."""
        claim = Claim(ticket="t", holder=holder, issued_at=MINE.issued_at, until=MINE.until)
        self.sessions.claims.add(claim, now=MINE.issued_at)


@pytest.fixture
async def counter() -> AsyncIterator[Counter]:
    """One that waits for a tenth of a second."""
    bus, clock = MemoryBus(), SystemClock()
    await make_topics(bus, "s")
    sessions = Sessions(topic="s", tiers=TIERS, clock=clock)
    async with bus.producer() as producer:
        author = Author(source="/test", realm="test", signer=SIGNER, producer=producer)
        yield Counter(bus, sessions, Spender(sessions=sessions, author=author, clock=clock, patience=0.1))


async def test_without_a_ticket_there_is_nothing_to_spend(counter: Counter) -> None:
    """Nothing is written."""
    await counter.spender.spend(Subscription(topic="r", key="k", user_id="alice", tier="free"))
    assert await counter.written() == []


async def test_a_claim_of_the_same_request_is_its_own(counter: Counter) -> None:
    """Envoy has asked before: nothing more is written."""
    counter.claimed("mine")
    await counter.spender.spend(WANTS)
    assert await counter.written() == []


async def test_a_claim_of_another_is_the_end(counter: Counter) -> None:
    """Known before: nothing is written. The refusal says where another ticket may be had."""
    counter.claimed("theirs")
    with pytest.raises(Spent) as raised:
        await counter.spender.spend(WANTS)
    assert raised.value.realm == "test"
    assert await counter.written() == []


@pytest.mark.parametrize(("first", "admitted"), [("mine", True), ("theirs", False)])
async def test_the_log_decides(counter: Counter, first: str, admitted: bool) -> None:  # noqa: FBT001
    """The claim is written, and what lies before it in the log is what counts, once all of that is here."""
    spending = asyncio.create_task(counter.spender.spend(WANTS))
    while not spending.done() and not (written := await counter.written()):  # noqa: ASYNC110 - the bus in memory has no event for it
        await asyncio.sleep(0)
    if first == "theirs":
        counter.claimed("theirs")
    assert not spending.done()
    counter.sessions.push(written)
    await asyncio.wait({spending})
    assert (spending.exception() is None) == admitted


async def test_a_claim_that_is_not_believed_here_spends_nothing(counter: Counter) -> None:
    """A process with another key than its own claim's would believe none: it refuses."""
    spending = asyncio.create_task(counter.spender.spend(WANTS))
    while not spending.done() and not (written := await counter.written()):  # noqa: ASYNC110 - as above
        await asyncio.sleep(0)
    counter.sessions.push([replace(record, headers=()) for record in written])
    with pytest.raises(Spent):
        await spending


async def test_what_is_not_read_back_is_not_decided(counter: Counter) -> None:
    """Kafka has the claim and does not give it back in time: time must pass."""
    with pytest.raises(BusUnavailable):
        await counter.spender.spend(WANTS)
    assert len(await counter.written()) == 1


async def test_without_a_topic_no_ticket_is_taken() -> None:
    """And what has none is not held up."""
    await no_tickets(Subscription(topic="r", key="k", user_id="alice", tier="free"))
    with pytest.raises(Busy):
        await no_tickets(WANTS)
