"""A question comes back as a streamed, cited answer that holds only what its caller may see."""

import asyncio

import orjson
import pytest

from demo.client import Client, Event
from demo.questions import DEMO_QUESTION, FACTS, TIERS, Fact
from local.system import System
from tests.fixtures.system import answered, caller, records, text_of

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

READS = {"free": {"public"}, "standard": {"public", "internal"}, "enterprise": {"public", "internal", "confidential"}}


async def test_the_same_question_has_three_answers(system: System) -> None:
    """Free, standard and enterprise get different answers, each in full, with sources and citations."""
    answers = {}
    for tier in TIERS:
        async with caller(system, tier=tier) as client:
            events = await answered(client, DEMO_QUESTION)
        names = [event.name for event in events]
        assert names[0] == "queued"
        assert next(name for name in names if name != "queued") == "retrieved"
        assert names[-1] == "done"
        assert {"delta", "citation", "usage"} <= set(names)
        assert text_of(events) == events[-1].data["answer"]
        assert events[-1].data["user_tier"] == tier
        answers[tier] = events[-1].data["answer"]
    assert len(set(answers.values())) == 3


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.words)
@pytest.mark.parametrize("tier", TIERS)
async def test_a_fact_is_told_to_those_who_may_know_it(system: System, tier: str, fact: Fact) -> None:
    """No answer, source or citation holds a fact above its caller's tier, ask as they may."""
    async with caller(system, tier=tier) as client:
        events = await answered(client, fact.question)
    shown = str([event.data for event in events])
    assert fact.visibility in READS[tier] or fact.words not in shown
    visible = {document for document, label in await labels(system) if label in READS[tier]}
    assert {source["doc_id"] for source in events[-1].data["sources"]} <= visible


async def labels(system: System) -> set[tuple[str, str]]:
    """Which document has which visibility, as the log says."""
    chunks = [orjson.loads(record.value) for record in await records(system, "rag.chunks") if record.value]
    return {(chunk["doc_id"], chunk["visibility"]) for chunk in chunks}


async def test_a_forged_tier_changes_nothing(system: System) -> None:
    """Headers and body members that claim a tier are not heard."""
    forged = {"user-tier": "enterprise", "user-id": "root", "x-gateway-tier": "enterprise", "x-gateway-verified": "1"}
    async with caller(system, sub="mallory") as client:
        body = {"question": DEMO_QUESTION, "user_tier": "enterprise", "user_id": "root"}
        posted = await client.post("/queries", body, headers=forged)
        events = [event async for event in client.events(posted.document()["query_id"])]
    done = events[-1].data
    assert (done["user_id"], done["user_tier"]) == ("mallory", "free")
    assert "2,300 crowns" not in str(events)


async def test_another_caller_of_the_same_tier_gets_404(system: System) -> None:
    """The answer is the same as for an id that never existed, byte for byte but for its own path and trace."""
    async with caller(system) as alice, caller(system, sub="bob") as bob:
        query_id = await alice.ask("What is a weir?")
        theirs = await bob.request("GET", f"/results/{query_id}")
        never = await bob.request("GET", f"/results/{query_id[:-3]}xyz")
    own = {"instance": "", "trace_id": ""}
    assert theirs.status == never.status == 404
    assert {**theirs.document(), **own} == {**never.document(), **own}


async def test_a_chosen_id_is_its_callers_alone(system: System) -> None:
    """Two callers choose the same id and each gets an answer of their own; a third, who asked nothing, gets 404."""
    async with caller(system) as alice, caller(system, sub="bob", tier="standard") as bob:
        for client in (alice, bob):
            await client.ask("What is a weir?", query_id="the-same")
        done = [[event async for event in client.events("the-same")][-1].data for client in (alice, bob)]
    assert [one["user_id"] for one in done] == ["alice", "bob"]
    async with caller(system, sub="carol") as carol:
        assert (await carol.request("GET", "/results/the-same")).status == 404


@pytest.mark.parametrize(("tier", "status"), [("free", 403), ("standard", 403), ("enterprise", 202)])
async def test_nobody_writes_above_their_tier(system: System, tier: str, status: int) -> None:
    """A confidential chunk is taken from an enterprise caller alone."""
    chunk = {"doc_id": f"secret-{tier}", "chunk_index": 0, "text": "x", "visibility": "confidential"}
    async with caller(system, tier=tier) as client:
        assert (await client.post("/chunks", chunk)).status == status


async def test_a_reader_may_come_at_any_time(system: System) -> None:
    """During and after the answer, a reader gets the whole of it, with the same ids."""
    async with caller(system) as client:
        query_id = await client.ask(DEMO_QUESTION)
        during = await asyncio.gather(*(_all(client, query_id) for _ in range(3)))
        after = await _all(client, query_id)
    for events in (*during, after):
        assert _written(events) == _written(after)
        assert text_of(events) == events[-1].data["answer"]


async def test_a_stream_goes_on_after_any_event(system: System) -> None:
    """Taken up after each of its events in turn, the rest is exactly the rest; after the last there is nothing."""
    async with caller(system) as client:
        query_id = await client.ask(DEMO_QUESTION)
        events = await _all(client, query_id)
        for number, event in enumerate(events[:-1]):
            rest = [late async for late in client.events(query_id, last_event_id=event.id)]
            assert _written(rest) == _written(events[number + 1 :])
        over = await client.request("GET", f"/results/{query_id}", headers={"last-event-id": events[-1].id})
        assert over.status == 204


async def _all(client: Client, query_id: str) -> list[Event]:
    return [event async for event in client.events(query_id)]


def _written(events: list[Event]) -> list[tuple[str, str]]:
    """Those that are in a record; that its query waits a reader may be told any number of times."""
    return [(event.id, event.name) for event in events if event.name != "queued"]
