"""While a query waits its reader is told where it stands, and told again when that has changed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any

import pytest

from bus.memory import MemoryBus
from ext_proc.load.board import Board
from ext_proc.load.prospects import BoardProspects
from ext_proc.load.reports import Reports
from ext_proc.results.live.topics import Topics
from ext_proc.results.service import Besides
from ext_proc.results.trust import signed_by
from runtime.clock import SystemClock
from schemas.load import LaneLoad
from tests.ext_proc.load.loads import SIGNER, load, load_record
from tests.ext_proc.results.client import PATIENCE, Client, Sse
from tests.ext_proc.results.conftest import TOPICS
from tests.ext_proc.results.desk import Desk, make_topics, open_desk
from tests.ext_proc.results.prospects import Told
from tests.fixtures.settings import declared

QUICK = 0.01
Opened = Callable[..., AbstractAsyncContextManager[Desk]]


@pytest.fixture
def told() -> Told:
    """Nothing is known yet."""
    return Told()


@pytest.fixture
def opened(bus: MemoryBus, told: Told) -> Opened:
    """Runs a results server that knows what `told` does, and looks often."""

    def run(**settings: Any) -> AbstractAsyncContextManager[Desk]:
        return open_desk(
            bus, topics=TOPICS, besides=Besides(prospects=told, every=QUICK), **{"ping": QUICK, **settings}
        )

    return run


@pytest.fixture
async def asked(opened: Opened) -> AsyncIterator[Desk]:
    """One that has heard of the query `k`."""
    async with opened() as desk:
        await desk.prove()
        await desk.proved()
        yield desk


async def queued(client: Client, **members: int) -> Sse:
    """The next event, which says so."""
    (event,) = await client.take(1)
    assert (event.name, event.json()) == ("queued", {"query_id": "k", **members})
    return event


async def test_the_first_event_says_it(asked: Desk, told: Told) -> None:
    """At once, where it is known; by when the query was written."""
    told.set(7, 40)
    async with await asked.get() as client:
        await queued(client, position=7, eta_seconds=40)
    assert told.asked[0] == ("k", asked.feed._hub.proofs.seen((asked.proofs, b"k", b"alice")))


async def test_what_is_not_known_is_left_out(asked: Desk, told: Told) -> None:
    """A position without an estimate, and a stream without either, are as good as any."""
    async with await asked.get() as client:
        await queued(client)
    told.set(7)
    async with await asked.get() as client:
        await queued(client, position=7)


async def test_it_is_told_again(asked: Desk, told: Told) -> None:
    """Each time that it has changed, until the first event of the answer."""
    async with await asked.get() as client:
        await queued(client)
        for position in (3, 2, 1):
            told.set(position, position * 10)
            await queued(client, position=position, eta_seconds=position * 10)
        await asked.put("retrieved", {"sources": []})
        assert [event.name for event in await client.take(1)] == ["retrieved"]
        told.set(9, 90)
        await client.nothing_more()
        await asked.put("done")
        assert [event.name for event in await client.rest()] == ["done"]
    assert asked.sample("gateway_events_sent_total", topic=asked.topic, event="queued") == 4


async def test_what_has_hardly_changed_is_not_told(asked: Desk, told: Told) -> None:
    """The same position, and a fifth more or less of the time: that is no news."""
    told.set(7, 100)
    async with await asked.get() as client:
        await queued(client, position=7, eta_seconds=100)
        for eta in (80, 120):
            told.set(7, eta)
            await client.nothing_more()
        told.set(7, 121)
        await queued(client, position=7, eta_seconds=121)
        told.set(7)
        await queued(client, position=7)


@pytest.mark.parametrize("history", [2**26, 1])
async def test_an_id_of_it_is_a_place_to_come_back_to(opened: Opened, told: Told, history: int) -> None:
    """Nothing is lost and nothing comes twice, whichever of them was the last that the reader had."""
    told.set(2, 20)
    async with opened(history_bytes=history) as desk:
        await desk.prove()
        await desk.proved()
        ids = []
        async with await desk.get() as client:
            ids.append((await queued(client, position=2, eta_seconds=20)).id)
            for _ in range(5):  # others' answers go by meanwhile
                await desk.pushed(await desk.put("delta", key=desk.neighbour()))
            told.set(1, 10)
            ids.append((await queued(client, position=1, eta_seconds=10)).id)
        assert ids[0] != ids[1]
        text = await desk.answer(3)
        for last in ids:
            async with await desk.get(last=last) as client:
                events = await client.rest()
                assert [event.name for event in events] == ["delta", "delta", "delta", "done"]
                assert events[-1].json() == {"answer": text}


async def test_who_comes_back_is_told_as_well(asked: Desk, told: Told) -> None:
    """Its stream begins where it was, without a greeting; what has changed since it left is not known, so it is told."""
    told.set(2, 20)
    async with await asked.get() as client:
        last = (await queued(client, position=2, eta_seconds=20)).id
    async with await asked.get(last=last) as client:
        await queued(client, position=2, eta_seconds=20)


async def test_who_comes_back_to_an_answer_is_not(asked: Desk, told: Told) -> None:
    """The query has begun, though nothing new has come of it."""
    told.set(2, 20)
    receipt = await asked.put("delta", {"text": "a"})
    await asked.pushed(receipt)
    async with await asked.get(last=f"v1.{receipt.partition}.{receipt.offset}") as client:
        await client.nothing_more()
        await asked.put("done")
        assert [event.name for event in await client.rest()] == ["done"]


async def test_a_query_that_is_submitted_later(opened: Opened, told: Told) -> None:
    """Nothing can be said of one that nobody has asked; as soon as it is, it is told."""
    told.set(2, 20)
    async with opened() as desk, await desk.get() as client:
        await queued(client)
        await client.nothing_more()
        assert told.asked == []
        await desk.prove()
        await queued(client, position=2, eta_seconds=20)


@pytest.mark.parametrize("changes", [{"query_id": ""}, {"only": ("delta", "done")}])
async def test_who_does_not_ask(asked: Desk, told: Told, changes: dict[str, Any]) -> None:
    """A key that is no query, and a reader that does not want to know, are told nothing and cost nothing."""
    told.set(2, 20)
    async with await asked.get(asked.wants(**changes)) as client:
        await client.nothing_more()
        assert told.asked == []
        await asked.put("done")
        assert [event.name for event in await client.rest()] == ["done"]


async def test_streams_that_left_are_not_looked_at(asked: Desk, told: Told) -> None:
    """Nothing is kept of a stream that has ended, whichever way."""
    told.set(2, 20)
    async with await asked.get() as client:
        await queued(client, position=2, eta_seconds=20)
    await asked.nobody()
    count = len(told.asked)
    async with await asked.get(asked.wants("other")) as client:
        await client.take(1)
        await client.nothing_more()
    assert count == len(told.asked)


async def test_by_what_workers_say(bus: MemoryBus) -> None:
    """The whole way: from the topic of loads to the reader, and not from what somebody else writes there."""
    await make_topics(bus, "rag.load", partitions=1)
    board = Board(tiers=declared()[0].tiers, clock=SystemClock())
    reports = Reports(topic="rag.load", board=board, trust=signed_by(SIGNER))
    topics = Topics(events=frozenset([TOPICS[0]]), proofs=frozenset([TOPICS[1]]), load="rag.load")
    besides = Besides(reports=reports, prospects=BoardProspects(board), every=QUICK)
    async with open_desk(bus, topics=TOPICS, followed=topics, besides=besides) as desk:
        await desk.prove()
        await desk.proved()
        async with await desk.get() as client:
            await queued(client)
            await desk.producer.put(replace(load_record("x", load(behind=9999, seconds=99.0)), headers=()))
            await desk.producer.put(load_record("r", load("retriever")))
            waiting = {"free": LaneLoad(waiting=8, in_work=4, marks=tuple(range(1, 9)))}
            await desk.producer.put(load_record("g", load(lanes=waiting)))
            members: dict[str, int] = {}
            while members.get("position") != 9:  # after the retriever alone was heard, it was one
                (event,) = await client.take(1)
                members = event.json()
            assert (event.name, members) == ("queued", {"query_id": "k", "position": 9, "eta_seconds": 3})


async def test_of_other_topics_nothing_is_known(bus: MemoryBus) -> None:
    """What waits for the models is not what a stream of somebody's orders waits for."""
    await make_topics(bus, "orders", "orders.made")
    board = Board(tiers=declared()[0].tiers, clock=SystemClock())
    board.note("g", load(), at=SystemClock().now_ms())
    async with open_desk(
        bus, topics=("orders", "orders.made"), besides=Besides(prospects=BoardProspects(board), every=QUICK), ping=QUICK
    ) as desk:
        await desk.prove()
        await desk.proved()
        async with await desk.get() as client:
            await queued(client)
            await client.nothing_more()


async def test_a_drain_ends_its_rounds(opened: Opened, told: Told) -> None:
    """A server that stops sends away who waits, as everybody."""
    told.set(2, 20)
    async with asyncio.timeout(PATIENCE):
        async with opened() as desk:
            await desk.prove()
            client = await desk.get()
        async with client:
            assert [event.name for event in await client.rest()][-1] == "reconnect"
