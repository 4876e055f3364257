"""How far a query is, asked of a whole server."""

import json
from typing import Any

import pytest

from ext_proc.reply import PROBLEM, not_found
from tests.ext_proc.results.desk import Desk, Open
from tests.ext_proc.results.status.enquiry import CHOSEN, ask, question, status

# All in memory; nothing, so that all of it is read from the log.
HISTORIES = pytest.mark.parametrize("history", [2**26, 1])
DONE = {"query_id": "k", "answer": "a", "token_usage": {"total_tokens": 3}}


@HISTORIES
@pytest.mark.parametrize("since", [{}, CHOSEN])
async def test_from_queued_to_done(open_: Open, history: int, since: dict[str, Any]) -> None:
    """Each answer is what the events come to by then."""
    async with open_(history_bytes=history) as desk:
        wants = question(desk, **since)
        await desk.prove()
        found = [await status(desk, wants)]
        await desk.pushed(await desk.put("retrieved"))
        found.append(await status(desk, wants))
        await desk.pushed(await desk.put("delta", {"text": "a"}))
        found.append(await status(desk, wants))
        await desk.pushed(await desk.put("done", DONE))
        found.append(await status(desk, wants))
        async with await ask(desk, wants) as client:
            assert await client.body() == {"status": "done", **DONE}
    assert found == ["queued", "running", "running", "done"]


@HISTORIES
async def test_after_a_reset(open_: Open, history: int) -> None:
    """An answer that starts again is still running."""
    async with open_(history_bytes=history) as desk:
        await desk.put("delta")
        await desk.pushed(await desk.put("reset"))
        assert await status(desk) == "running"


@HISTORIES
async def test_failed_and_cancelled(open_: Open, history: int) -> None:
    """A problem is a member of its own; what was used before the end is shown."""
    problem = {"title": "Bad Gateway", "status": 502}
    async with open_(history_bytes=history) as desk:
        await desk.put("error", problem)
        await desk.pushed(await desk.put("cancelled", {"token_usage": {"total_tokens": 3}}, key="c"))
        async with await ask(desk) as failed, await ask(desk, question(desk, "c")) as cancelled:
            assert await failed.body() == {"query_id": "k", "status": "error", "error": problem}
            body = await cancelled.body()
    assert body == {"query_id": "c", "status": "cancelled", "token_usage": {"total_tokens": 3}}


@HISTORIES
async def test_the_first_end_counts(open_: Open, history: int) -> None:
    """As for streams: whatever a worker writes that believed itself alone."""
    async with open_(history_bytes=history) as desk:
        await desk.put("done", {"answer": "first"})
        await desk.put("delta")
        await desk.pushed(await desk.put("done", {"answer": "second"}))
        for _ in range(2):
            async with await ask(desk) as client:
                assert (await client.body())["answer"] == "first"


async def test_of_a_stream_that_was_read(desk: Desk) -> None:
    """An event that was encoded for a stream is still what it was."""
    await desk.put("done", {"answer": "a\nb", "text": "data: x"})
    async with await desk.get() as stream:
        await stream.rest()
    async with await ask(desk) as client:
        assert await client.body() == {"query_id": "k", "status": "done", "answer": "a\nb", "text": "data: x"}


@HISTORIES
async def test_head(open_: Open, history: int) -> None:
    """JSON for one reader's cache, to be asked for again each time; while it is under way, when to ask again."""
    async with open_(history_bytes=history) as desk:
        await desk.prove()
        async with await ask(desk) as under_way:
            await under_way.body()
        await desk.pushed(await desk.put("done", DONE))
        async with await ask(desk) as done:
            await done.body()
    for client in (under_way, done):
        assert (client.status, client.headers["content-type"]) == (200, "application/json")
        assert client.headers["cache-control"] == "private, no-cache"
        assert client.headers["etag"].startswith('"')
        assert "preference-applied" not in client.headers
    assert (under_way.headers["retry-after"], done.headers.get("retry-after")) == ("1", None)


@HISTORIES
async def test_not_modified(open_: Open, history: int) -> None:
    """Whoever has it is told so, without a body; whoever has what came before is not."""
    async with open_(history_bytes=history) as desk:
        await desk.prove()
        async with await ask(desk) as queued:
            await queued.body()
        async with await ask(desk, etag=queued.headers["etag"]) as same:
            assert same.status == 304
            shown = {name: same.headers.get(name) for name in ("etag", "cache-control", "content-type")}
            assert shown == {"etag": queued.headers["etag"], "cache-control": "private, no-cache", "content-type": None}
        await desk.pushed(await desk.put("done", DONE))
        async with await ask(desk, etag=queued.headers["etag"]) as done:
            assert (done.status, (await done.body())["status"]) == (200, "done")
        async with await ask(desk, etag=f'"x", W/{done.headers["etag"]}') as same:
            assert same.status == 304


async def test_the_tag_is_the_same_everywhere(open_: Open) -> None:
    """Another process, which reads from the log, gives the same tag."""
    tags = set[str]()
    for history in (2**26, 1):
        async with open_(history_bytes=history) as desk:
            if not tags:
                await desk.pushed(await desk.put("done", DONE))
            async with await ask(desk) as client:
                tags.add(client.headers["etag"])
    assert len(tags) == 1


@HISTORIES
@pytest.mark.parametrize("since", [{}, CHOSEN])
async def test_unknown(open_: Open, history: int, since: dict[str, Any]) -> None:
    """What was never asked is 404, as another's id is; an issued id that no query was accepted for as well."""
    async with open_(history_bytes=history) as desk:
        await desk.pushed(await desk.put("done", key=desk.neighbour()))
        for _ in range(2):
            async with await ask(desk, question(desk, **since), path="/queries/k") as client:
                body = await client.body()
            reply = not_found(instance="/queries/k", trace_id="0" * 32)
            assert (client.status, client.headers["content-type"]) == (404, PROBLEM)
            assert json.loads(reply.body) == body


@HISTORIES
async def test_two_users_of_one_key(open_: Open, history: int) -> None:
    """Two users who somehow share a key never learn of each other's queries, not even that there are any."""
    async with open_(history_bytes=history) as desk:
        await desk.prove(user="bob")
        await desk.put("delta", user="bob")
        assert await status(desk) == "404"
        await desk.prove(user="alice")
        await desk.pushed(await desk.put("done", {"answer": "b"}, user="bob"))
        assert await status(desk) == "queued"
        assert await status(desk, question(desk, user="bob")) == "done"


async def test_metrics(desk: Desk) -> None:
    """Questions are counted by themselves, and are no streams."""
    await desk.pushed(await desk.put("done"))
    assert await status(desk) == "done"
    assert await status(desk, question(desk, "never")) == "404"
    topic = desk.topic
    counted = [desk.sample("gateway_status_total", topic=topic, code=code) for code in ("200", "404")]
    assert counted == [1, 1]
    assert desk.sample("gateway_status_open", topic=topic) == 0
    assert desk.sample("gateway_streams_total", topic=topic, code="200") is None
    assert desk.sample("gateway_events_sent_total", topic=topic, event="done") == 0
