"""`DELETE /queries/{id}` stops what is under way, drops what waits, and ends the stream once; nobody else notices."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest

from demo.client import Client, Event
from local.commands import ROOT
from local.ports import PUBLIC
from local.system import System
from schemas.events import TERMINAL, event_name
from tests.fixtures.system import caller, records, text_of

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

NEVER = 60.0  # seconds between two tokens of a model that nobody waits for
LOOK = 0.02  # seconds between two looks, so that what is looked at can work
ENOUGH = 5.0  # seconds in which a call must have been broken off; it takes a fraction of one


@pytest.fixture(autouse=True)
async def _as_started(system: System) -> AsyncIterator[None]:
    """Each test finds the model server as it was started."""
    yield
    await control(system, "DELETE")


async def control(system: System, method: str = "GET", /, **behaviour: Any) -> dict[str, Any]:
    """What the stand-in model server was asked so far, after telling it how to behave."""
    body = orjson.dumps(behaviour) if behaviour else None
    async with Client(str(system.stand_in_url), token="") as client:
        answer = await client.request("POST" if behaviour else method, "/control", body=body)
    assert answer.status == 200
    return answer.document()


async def asked_of_the_model(system: System, question: str, *, until: dict[str, int]) -> None:
    """Returns once the server has seen that of the calls with this question."""
    async with asyncio.timeout(ENOUGH):
        while (await control(system))["questions"].get(question) != until:  # noqa: ASYNC110 - a server is asked
            await asyncio.sleep(LOOK)


async def rest_of(stream: AsyncIterator[Event]) -> list[Event]:
    """Every event that is still to come."""
    async with asyncio.timeout(60):
        return [event async for event in stream]


@pytest.mark.parametrize("slow", [{"token_delay": NEVER}, {"first_token_delay": NEVER, "token_delay": NEVER}])
async def test_a_call_under_way_is_broken_off(system: System, slow: dict[str, float]) -> None:
    """The model server sees its connection close, while it writes as while it reads, and the stream ends with the cost."""
    question = f"What is a weir, with {sorted(slow)}?"
    await control(system, **slow)
    async with caller(system) as client:
        query_id = await client.ask(question)
        stream = client.events(query_id)
        before = [await anext(stream)]
        while before[-1].name == "queued":
            before.append(await anext(stream))  # the last one is retrieved
        if "first_token_delay" not in slow:
            before.append(await anext(stream))
        await asked_of_the_model(system, question, until={"started": 1})
        await client.cancel(query_id)
        await asked_of_the_model(system, question, until={"started": 1, "aborted": 1})
        events = [*before, *await rest_of(stream)]
        assert [event.name for event in events][-2:] == ["usage", "cancelled"]
        ended = events[-1].data
        assert (ended["query_id"], ended["model"], ended["estimated"]) == (query_id, "claude-haiku-4-5", True)
        assert ended["token_usage"]["prompt_tokens"] > 100
        assert (ended["token_usage"]["completion_tokens"] > 1) == bool(len(text_of(events)) > 4)
        again = await client.request("GET", f"/results/{query_id}", headers={"last-event-id": events[-1].id})
        assert again.status == 204
    assert not [one for one in await records(system, "rag.answers") if one.key == query_id.encode()]


async def test_what_waits_is_dropped(system: System) -> None:
    """While no generator runs, of two questions one is cancelled: the model is asked the other alone."""
    await system.stop("generator")
    async with caller(system) as client:
        dropped, kept = await client.ask("Is this one dropped?"), await client.ask("What is a weir, then?")
        await client.cancel(dropped)
        await system.start("generator")
        ended = [(await rest_of(client.events(query_id)))[-1] for query_id in (dropped, kept)]
    assert [event.name for event in ended] == ["cancelled", "done"]
    assert (ended[0].data["model"], ended[0].data["token_usage"]["total_tokens"]) == (None, 0)
    assert "Is this one dropped?" not in (await control(system))["questions"]


async def test_anothers_query_is_not_there(system: System) -> None:
    """Bob gets the 404 of an id that never existed, and alice her answer."""
    await control(system, token_delay=0.05)
    async with caller(system) as alice, caller(system, sub="bob") as bob:
        query_id = await alice.ask("What is a weir?")
        theirs = await bob.request("DELETE", f"/queries/{query_id}")
        never = await bob.request("DELETE", f"/queries/{query_id[:-3]}xyz")
        chosen = await alice.ask("What is a weir?", query_id="cancel-me")
        await bob.cancel(chosen)  # an id of that name is bob's own, and harms nobody's
        ends = [(await rest_of(alice.events(one)))[-1].name for one in (query_id, chosen)]
    own = {"instance": "", "trace_id": ""}
    assert theirs.status == never.status == 404
    assert {**theirs.document(), **own} == {**never.document(), **own}
    assert ends == ["done", "done"]


async def test_what_is_done_stays_done(system: System) -> None:
    """A cancel after the end is accepted, twice, and changes nothing."""
    async with caller(system) as client:
        query_id = await client.ask("What is a weir?")
        events = await rest_of(client.events(query_id))
        for _ in range(2):
            await client.cancel(query_id)
        await rest_of(client.events(await client.ask("What is a lock?")))
        again = await rest_of(client.events(query_id))
    assert events[-1].name == "done"
    assert [(event.id, event.data) for event in again[1:]] == [(event.id, event.data) for event in events[1:]]


async def test_a_body_does_no_harm(system: System) -> None:
    """Nobody asked for one: of whatever kind it is, the cancel is accepted, and the next request is understood."""
    token = system.keys.signing.mint(sub="alice", tier="free")
    headers = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=system.public_url, headers=headers, timeout=10) as client:

        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(50):
                yield b'{"query_id":"another"}' * 100

        bodies: list[Any] = [b"{", b'{"query_id":"another"}', b"x" * 60_000, pieces()]
        for content in bodies:
            answer = await client.request("DELETE", "/queries/mine", content=content)
            assert (answer.status_code, answer.json()["query_id"]) == (202, "mine")
            assert (await client.get("/nowhere")).status_code == 404
        too_long = await client.request("DELETE", "/queries/mine", content=b"x" * 3_000_000)
        assert too_long.status_code == 413
    found = [one.value for one in await records(system, "rag.cancels") if (one.key or b"").endswith(b".mine")]
    assert found == [b'{"query_id":"mine"}'] * len(bodies)


async def test_ctrl_c_cancels_the_question(system: System) -> None:
    """Who interrupts `make ask` leaves no model call behind."""
    question = "What is a weir, until somebody interrupts?"
    await control(system, token_delay=NEVER)
    environ = {**os.environ, "SLUICE_HOME": str(system.home), PUBLIC: str(system.ports[PUBLIC])}
    asking = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "demo.ask", question), cwd=ROOT, env=environ, stdout=asyncio.subprocess.PIPE
    )
    assert asking.stdout
    await asyncio.wait_for(asking.stdout.read(1), 30)  # the model's first word
    asking.send_signal(signal.SIGINT)
    await asked_of_the_model(system, question, until={"started": 1, "aborted": 1})
    assert await asyncio.wait_for(asking.wait(), 10) == 130


async def test_many_are_cancelled_while_the_generator_is_killed(system: System) -> None:
    """Each stream has one end: those cancelled in time `cancelled`, all others `done`."""
    await control(system, token_delay=NEVER)
    async with caller(system, tier="enterprise") as client:
        ids = [await client.ask("How does a boat lift work?") for _ in range(60)]
        following = [asyncio.create_task(rest_of(client.events(query_id))) for query_id in ids]
        await asyncio.gather(*(client.cancel(query_id) for query_id in ids[::3]))
        await system.kill("generator")
        await asyncio.gather(*(client.cancel(query_id) for query_id in ids[1::3]))
        await control(system, token_delay=0.005)
        await system.start("generator")
        streams = await asyncio.gather(*following)
    for number, events in enumerate(streams):
        assert [event.name in TERMINAL for event in events].count(True) == 1
        assert events[-1].name == ("done" if number % 3 == 2 else "cancelled")
        assert events[-1].name != "done" or text_of(events) == events[-1].data["answer"]
    kinds = Counter(
        one.key for one in await records(system, "rag.results") if event_name(one.header("ce_type") or "") in TERMINAL
    )
    assert {query_id: kinds[query_id.encode()] for query_id in ids} == dict.fromkeys(ids, 1)
