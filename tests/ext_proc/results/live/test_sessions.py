"""What the topic of sessions says, and when it is known."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bus.records import Partition, Received, Record
from ext_proc.results.live.sessions import Sessions
from ext_proc.results.trust import signed_by
from runtime.clock import SystemClock
from schemas.sessions import TicketSpent
from schemas.signature import Signer
from tests.ext_proc.results.gate import SIGNER, session_record

AT = Partition("s", 0)
SPENT = TicketSpent(holder="r", issued_at=SystemClock().now_ms(), until=SystemClock().now_ms() + 3_600_000)


@pytest.fixture
def sessions() -> Sessions:
    """Followed from offset 5 on."""
    sessions = Sessions(topic="s", tiers=("free",), clock=SystemClock(), trust=signed_by(SIGNER))
    sessions.begin(AT, offset=5)
    sessions.begin(Partition("other", 0), offset=7)
    return sessions


def _received(record: Record, offset: int, *, partition: int = 0) -> Received:
    return Received(
        topic=record.topic,
        partition=partition,
        offset=offset,
        timestamp=1,
        key=record.key,
        value=record.value,
        headers=record.headers,
    )


def _spent(ticket: str = "t", holder: str = "r", signer: Signer = SIGNER) -> Record:
    return session_record("s", ticket, replace(SPENT, holder=holder), signer=signer)


def test_records_are_taken_once_and_in_order(sessions: Sessions) -> None:
    """What the feed brings again is passed over, and so are other topics."""
    first, second = _received(_spent(holder="a"), 5), _received(_spent(holder="b"), 6)
    sessions.push([first, replace(first, topic="other", offset=9), second, first])
    assert sessions.claims.holder("t") == "a"
    assert sessions.positions() == {AT: 7}


@pytest.mark.parametrize("kind", ["forged", "changed", "no key", "no value", "other type", "malformed"])
def test_what_is_no_session_of_ours_is_passed_over(
    sessions: Sessions, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It says nothing, and what follows it counts. A signed record that is not as its type says is told to the operator."""
    ours = _received(_spent(), 5)
    mine = SIGNER if kind == "malformed" else Signer("x" * 32)
    soon: Any = "soon"
    malformed = session_record("s", "t", replace(SPENT, until=soon), signer=mine)
    records = {
        "forged": _received(_spent(signer=Signer("x" * 32)), 5),
        "changed": replace(ours, value=(ours.value or b"").replace(b'"r"', b'"q"')),
        "no key": replace(ours, key=None),
        "no value": replace(ours, value=None),
        "other type": _received(replace(_spent(), headers=_renamed(ours)), 5),
        "malformed": _received(malformed, 5),
    }
    sessions.push([records[kind], _received(_spent("u"), 6)])
    assert (sessions.claims.holder("t"), sessions.claims.holder("u")) == (None, "r")
    assert ("not as its type says" in caplog.text) == (kind == "malformed")


def _renamed(record: Received) -> tuple[tuple[str, bytes], ...]:
    """The type is not signed: a record of a later version, say."""
    return tuple((name, b"sluice.x.y.v1" if name == "ce_type" else value) for name, value in record.headers)


async def test_waiting_ends_when_the_record_is_here(sessions: Sessions) -> None:
    """Not before, and for those who wait for it alone; what is here already is not waited for."""
    near, far = (asyncio.create_task(sessions.reached(AT, offset)) for offset in (5, 6))
    grown = asyncio.create_task(sessions.reached(Partition("s", 1), 0))
    await asyncio.sleep(0)
    sessions.push([_received(_spent(), 5)])
    await near
    assert (far.done(), grown.done()) == (False, False)
    sessions.push([_received(_spent(), 6), _received(_spent(), 0, partition=1)])
    await far
    await grown
    await sessions.reached(AT, 3)
    assert sessions._waiting == set()


async def test_who_waits_no_longer_is_forgotten(sessions: Sessions) -> None:
    """Nothing is kept of a request that has gone."""
    waiting = asyncio.create_task(sessions.reached(AT, 9))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait({waiting})
    assert sessions._waiting == set()


async def test_what_was_missed_is_told_to_those_who_wait(sessions: Sessions) -> None:
    """The feed goes on further ahead: they find that nobody can judge their tickets any more."""
    waiting = asyncio.create_task(sessions.reached(AT, 9))
    await asyncio.sleep(0)
    sessions.lose(Partition("other", 0), position=50)
    sessions.lose(AT, position=50)
    await waiting
    assert not sessions.claims.judges(issued_at=SPENT.issued_at, until=SPENT.until, now=SPENT.issued_at)
    assert sessions.positions() == {AT: 50}


def test_without_a_topic_nothing_is_followed() -> None:
    """No record is of a topic without a name."""
    sessions = Sessions(topic="", tiers=(), clock=SystemClock())
    sessions.begin(AT, offset=0)
    sessions.push([_received(_spent(), 0)])
    assert (sessions.positions(), sessions.claims.holder("t")) == ({}, None)
