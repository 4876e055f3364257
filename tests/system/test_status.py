"""How far a query is, asked through the real Envoy of a whole system."""

import asyncio
import time

import pytest

from demo.client import Answer, Client
from demo.errors import Refused
from demo.questions import DEMO_QUESTION
from local.system import System
from tests.fixtures.system import answered, caller

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

STATUS = ("queued", "running", "done")


async def until_done(client: Client, query_id: str, *, wait: int | None) -> list[Answer]:
    """Every answer to one who asks until there is a result, and says each time what it has."""
    answers: list[Answer] = []
    etag = ""
    async with asyncio.timeout(60):
        while not answers or answers[-1].document()["status"] != "done":
            answer = await client.status(query_id, wait=wait, etag=etag)
            etag = answer.headers["etag"]
            if answer.status == 200:
                answers.append(answer)
    return answers


@pytest.mark.parametrize("wait", [None, 20])
async def test_from_queued_to_done(system: System, wait: int | None) -> None:
    """By asking again and again, or by waiting for each change, the same result is reached as by the stream."""
    async with caller(system) as client:
        query_id = await client.ask(DEMO_QUESTION)
        answers = await until_done(client, query_id, wait=wait)
        events = [event async for event in client.events(query_id)]
    found = [answer.document()["status"] for answer in answers]
    assert found == [word for word in STATUS if word in found]
    assert answers[-1].document() == {"status": "done", **events[-1].data}
    hints = [answer.headers.get("retry-after") for answer in answers]
    assert hints == [*(["1"] * (len(answers) - 1) if wait is None else [None] * (len(answers) - 1)), None]


async def test_one_long_wait(system: System) -> None:
    """A single question, asked right after the query, is answered by the last event and long before the wait ends."""
    async with caller(system) as client:
        query_id = await client.ask(DEMO_QUESTION)
        started = time.monotonic()
        answer = await client.status(query_id, wait=60)
        events = [event async for event in client.events(query_id)]
    assert (answer.document(), time.monotonic() - started < 30) == ({"status": "done", **events[-1].data}, True)
    assert answer.headers["preference-applied"] == "wait=60"
    assert answer.headers["cache-control"] == "private, no-cache"


async def test_what_has_not_changed_is_304(system: System) -> None:
    """With the tag, and without a body; whoever waits for a change of what is final is told so at once."""
    async with caller(system) as client:
        query_id = (await answered(client, DEMO_QUESTION))[-1].data["query_id"]
        done = await client.status(query_id)
        for wait in (None, 60):
            same = await client.status(query_id, etag=done.headers["etag"], wait=wait)
            assert (same.status, same.body, same.headers["etag"]) == (304, b"", done.headers["etag"])


async def test_another_caller_gets_404(system: System) -> None:
    """The same as for an id that never existed, byte for byte but for path and trace; nor does a wait tell them apart."""
    async with caller(system) as alice, caller(system, sub="bob") as bob:
        query_id = await alice.ask(DEMO_QUESTION)
        theirs = await bob.request("GET", f"/queries/{query_id}", headers={"prefer": "wait=30"})
        never = await bob.request("GET", f"/queries/{query_id[:-3]}xyz", headers={"prefer": "wait=30"})
    own = {"instance": "", "trace_id": ""}
    assert theirs.status == never.status == 404
    assert {**theirs.document(), **own} == {**never.document(), **own}


async def test_a_chosen_id_is_its_callers_alone(system: System) -> None:
    """Two callers who chose the same id each have their own; a third has none."""
    async with caller(system) as alice, caller(system, sub="bob") as bob, caller(system, sub="carol") as carol:
        for client in (alice, bob):
            await client.ask(DEMO_QUESTION, query_id="one-of-mine")
        found = [(await client.status("one-of-mine", wait=60)).document()["user_id"] for client in (alice, bob)]
        assert found == ["alice", "bob"]
        with pytest.raises(Refused) as refused:
            await carol.status("one-of-mine")
    assert refused.value.status == 404


async def test_a_wait_ends_with_its_connection(system: System) -> None:
    """A client that leaves is not waited for: nothing of it is left in the results server."""
    async with caller(system) as client:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await client.request("GET", "/queries/never-posted", headers={"prefer": "wait=50"})
        async with asyncio.timeout(10):
            while await waiting(system) > 0:  # noqa: ASYNC110  # a gauge has no event
                await asyncio.sleep(0.05)


async def waiting(system: System) -> float:
    """How many questions are open."""
    async with caller(system) as client:
        page = await client.request("GET", f"{system.management_url('results-0')}/metrics")
    lines = [line for line in page.body.decode().splitlines() if line.startswith("gateway_status_open{")]
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines)


async def test_it_survives_the_results_server(system: System) -> None:
    """After kill -9 and a restart the state, its tag and its bytes are what they were."""
    async with caller(system) as client:
        query_id = (await answered(client, DEMO_QUESTION))[-1].data["query_id"]
        before = await client.status(query_id)
        await system.kill("results-0")
        await system.start("results-0")
        after = await client.status(query_id)
        same = await client.status(query_id, etag=before.headers["etag"])
    assert (before.body, before.headers["etag"]) == (after.body, after.headers["etag"])
    assert same.status == 304


async def test_a_server_that_stops_answers_those_who_wait(system: System) -> None:
    """They have the present state, and may ask the next one."""
    async with caller(system) as client:
        await system.stop("generator")
        query_id = await client.ask(DEMO_QUESTION)
        getting = asyncio.create_task(client.status(query_id, wait=60))
        async with asyncio.timeout(20):
            while await waiting(system) < 1:  # noqa: ASYNC110  # as above
                await asyncio.sleep(0.05)
        await system.stop("results-0")
        answer = await getting
        await system.start("results-0")
        await system.start("generator")
        done = await client.status(query_id, wait=60)
    assert (answer.status, answer.document()["status"]) == (200, "queued")
    assert "preference-applied" not in answer.headers
    assert done.document()["status"] == "done"


async def test_a_query_that_was_cancelled(system: System) -> None:
    """Whoever waits for it hears so, with what was used."""
    async with caller(system) as client:
        await system.stop("generator")
        query_id = await client.ask(DEMO_QUESTION)
        getting = asyncio.create_task(client.status(query_id, wait=60))
        await client.cancel(query_id)
        await system.start("generator")
        answer = (await getting).document()
    assert (answer["query_id"], answer["status"], answer["token_usage"]["total_tokens"]) == (query_id, "cancelled", 0)
