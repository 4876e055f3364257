"""A ticket opens one stream, once, whichever replica it is shown to; on the bus in memory and on Kafka."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import orjson
import pytest

from bus.ports import Bus
from bus.records import Partition, Received
from ext_proc.exchange import Ticket
from schemas.sessions import TicketSpent
from tests.bus.contract.clusters import Cluster
from tests.ext_proc.results.client import Client
from tests.ext_proc.results.desk import Desk, make_topics
from tests.ext_proc.results.gate import COOKIE, Names, open_gate, session_record, ticket

TICKETS = 300
OPENS = 4  # of each ticket, at once
TOGETHER = 25  # tickets


@pytest.fixture
async def bus(cluster: Cluster, names: Names) -> Bus:
    """A bus with the topics."""
    bus = cluster.bus()
    await make_topics(bus, names.results, names.queries, names.sessions)
    return bus


@pytest.fixture
async def replicas(bus: Bus, names: Names) -> AsyncIterator[list[Desk]]:
    """Two results servers."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(open_gate(bus, names)) for _ in range(2)]


async def _open(desk: Desk, shown: Ticket, **changes: Any) -> Client:
    return await desk.get(desk.wants(ticket=shown, **changes))


async def _status(desk: Desk, shown: Ticket) -> int:
    async with await _open(desk, shown) as client:
        assert (client.status == 200) == ("set-cookie" in client.headers)
        return client.status


async def _raced(replicas: list[Desk], name: str) -> Counter[int]:
    """One ticket, shown by several requests at once to all replicas."""
    requests = [_status(replicas[number % len(replicas)], ticket(name)) for number in range(OPENS)]
    return Counter(await asyncio.gather(*requests))


async def _all(replicas: list[Desk], names: list[str]) -> list[Counter[int]]:
    counts: list[Counter[int]] = []
    for start in range(0, len(names), TOGETHER):
        part = names[start : start + TOGETHER]
        counts += await asyncio.gather(*(_raced(replicas, name) for name in part))
    return counts


async def test_spent_once_among_replicas_also_after_a_restart(bus: Bus, names: Names) -> None:
    """Of four requests that race with one ticket to two replicas one is answered, 300 times of 300.

    New processes, which have seen nothing of it, refuse every one of them.
    """
    tickets = [f"t{number}" for number in range(TICKETS)]
    async with open_gate(bus, names) as first, open_gate(bus, names) as second:
        counts = await _all([first, second], tickets)
    assert [{200: 1, 401: OPENS - 1}] * TICKETS == counts
    async with open_gate(bus, names) as first, open_gate(bus, names) as second:
        counts = await _all([first, second], tickets)
    assert [{401: OPENS}] * TICKETS == counts


async def test_a_new_process_knows_while_it_starts(bus: Bus, names: Names) -> None:
    """It is asked before it has caught up, and waits until it has."""
    async with open_gate(bus, names) as desk:
        assert await _status(desk, ticket("t")) == 200
    async with open_gate(bus, names, ready=False) as desk:
        assert await _status(desk, ticket("t")) == 401


async def test_a_process_that_died_in_between_has_spent_it_for_its_request(replicas: list[Desk], names: Names) -> None:
    """Its claim is in the log and nothing was answered: the same request, asked again elsewhere, is admitted; no other is."""
    shown = ticket("t", holder="r")
    claim = TicketSpent(holder=shown.holder, issued_at=shown.issued_at, until=shown.until)
    await replicas[0].producer.put(session_record(names.sessions, shown.id, claim))
    assert await _status(replicas[1], ticket("t")) == 401
    assert await _status(replicas[1], shown) == 200
    assert await _status(replicas[0], shown) == 200


async def test_what_the_log_has_of_it(replicas: list[Desk], names: Names, bus: Bus) -> None:
    """A signed record under the ticket's name, on behalf of its holder, and never the cookie."""
    assert await _status(replicas[0], ticket("t", holder="r")) == 200
    (record,) = await _records(bus, names.sessions)
    assert record.key == b"t"
    assert orjson.loads(record.value or b"")["holder"] == "r"
    named = [record.header(name) for name in ("ce_type", "ce_source", "user-id", "user-tier")]
    assert named == ["sluice.ticket.spent.v1", "/test/results", "alice", "free"]
    assert record.header("identity-sig")
    assert "v1.cookie" not in str(record)


async def _records(bus: Bus, topic: str) -> list[Received]:
    async with bus.reader() as reader:
        return [
            record
            for number in range(await reader.partitions(topic))
            for record in await reader.read(Partition(topic, number), 0, limit=1000)
        ]


async def test_a_spent_ticket_is_refused_without_a_record(replicas: list[Desk], names: Names, bus: Bus) -> None:
    """Whoever shows it again and again fills no topic."""
    assert [await _status(replicas[0], ticket("t")) for _ in range(5)] == [200, 401, 401, 401, 401]
    assert len(await _records(bus, names.sessions)) == 1


async def test_the_answer_that_spends_it_has_the_cookie(replicas: list[Desk]) -> None:
    """Also where that is no stream: who has to come back, can. A refused ticket gets none, and is told as a bad token is."""
    async with await _open(replicas[0], ticket("t")) as client:
        assert (client.status, client.headers["set-cookie"]) == (200, COOKIE)
    async with await _open(replicas[0], ticket("t")) as client:
        assert client.headers["www-authenticate"].startswith('Bearer realm="test", error="invalid_token"')
        assert "set-cookie" not in client.headers
        assert (client.status, (await client.body())["status"]) == (401, 401)
    async with await _open(replicas[1], ticket("u"), key="never", since=None, missing="not-found") as client:
        assert (client.status, client.headers["set-cookie"]) == (404, COOKIE)
    async with await replicas[0].get() as client:
        assert (client.status, "set-cookie" in client.headers) == (200, False)


async def test_a_request_that_is_refused_first_spends_nothing(replicas: list[Desk]) -> None:
    """A malformed id is 400, and the ticket is still good."""
    shown = ticket("t")
    async with await replicas[0].get(replicas[0].wants(ticket=shown), last="nonsense") as client:
        assert (client.status, "set-cookie" in client.headers) == (400, False)
    assert await _status(replicas[1], ticket("t")) == 200


@pytest.mark.parametrize("age", [95, 4000])
async def test_what_is_too_old_to_be_known_of_is_spent(replicas: list[Desk], age: float) -> None:
    """A ticket that was long on its way is not taken, for nothing is remembered for so long."""
    assert await _status(replicas[0], ticket(age=age)) == 401
