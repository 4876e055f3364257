"""The whole server, from the bus to the socket."""

import asyncio
import hashlib
import time
from dataclasses import replace

import pytest

from ext_proc.reply import PROBLEM
from ext_proc.results.problems import ELSEWHERE
from tests.ext_proc.results.client import Client
from tests.ext_proc.results.desk import Desk, Open, text_of

# All in memory; some of it; nothing, so that even live events are read from the log.
HISTORIES = pytest.mark.parametrize("history", [2**26, 5_000, 1])


@HISTORIES
async def test_before(open_: Open, history: int) -> None:
    """A reader who comes before the answer gets the whole of it, and then the stream ends."""
    async with open_(history_bytes=history) as desk, await desk.get() as client:
        first = await client.next()
        text = await desk.answer(5)
        events = await client.rest()
    assert first is not None
    assert (first.name, first.json()) == ("queued", {"query_id": "k"})
    assert text == text_of(events)
    assert (events[-1].name, events[-1].json()["answer"]) == ("done", text)
    assert client.sse.retry == 2000


@HISTORIES
async def test_during(open_: Open, history: int) -> None:
    """A reader who comes during the answer gets the whole of it."""
    async with open_(history_bytes=history) as desk:
        await desk.put("delta", {"text": "one "})
        async with await desk.get() as client:
            await client.take(2)
            await desk.put("delta", {"text": "two "})
            await desk.put("done", {"answer": "one two "})
            assert [event.name for event in await client.rest()] == ["delta", "done"]


@HISTORIES
async def test_after(open_: Open, history: int) -> None:
    """A reader who comes after the answer gets the whole of it."""
    async with open_(history_bytes=history) as desk:
        text = await desk.answer(200)
        async with await desk.get() as client:
            events = await client.rest()
    assert [event.name for event in events] == ["queued"] + ["delta"] * 200 + ["done"]
    assert text == text_of(events)


async def test_head(desk: Desk) -> None:
    """The headers of the contract, and nothing that says what runs here."""
    async with await desk.get(more=(("accept-encoding", "gzip"),)) as client:
        shown = {name: client.headers.get(name) for name in ("content-type", "cache-control", "x-accel-buffering")}
    assert client.status == 200
    assert "content-encoding" not in client.headers
    assert shown == {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store, no-transform",
        "x-accel-buffering": "no",
    }


async def test_not_through_the_gateway(desk: Desk) -> None:
    """Whoever did not come through the processor is refused."""
    async with await desk.get(more=()) as allowed, await Client.get(desk.socket, None) as client:
        body = await client.body()
    assert (allowed.status, client.status, client.headers["content-type"]) == (200, 403, PROBLEM)
    assert body["status"] == 403


async def test_not_a_word(desk: Desk) -> None:
    """On a route whose errors have no body, these have none either."""
    marked = (*desk.wants().headers(), ("x-gateway-bare", "1"))
    async with await Client.get(desk.socket, None, more=marked, method="POST") as client:
        assert (client.status, client.headers["allow"]) == (405, "GET")
        assert "content-type" not in client.headers


async def test_only_get(desk: Desk) -> None:
    """Other methods are refused, with the one that is not."""
    async with await desk.get(method="POST") as client:
        assert (client.status, client.headers["allow"]) == (405, "GET")


async def test_broken_headers_are_ours_to_repair(desk: Desk) -> None:
    """What the processor would never send is a 500 as problem+json, and shows nothing of the reason."""
    headers = tuple((name, value[4:]) for name, value in desk.wants().headers())
    async with await Client.get(desk.socket, None, more=headers) as client:
        body = await client.body()
    assert (client.status, body["detail"]) == (500, "Something went wrong here.")


async def test_two_users_of_one_key(open_: Open) -> None:
    """Two users who somehow share a key never see each other's events, nor a record without an owner."""
    async with open_(history_bytes=3_000) as desk:
        for number in range(20):
            await desk.put("delta", {"text": f"a{number}"}, user="alice")
            await desk.put("delta", {"text": f"b{number}"}, user="bob")
        await desk.put("done", user="bob")
        async with await desk.get(desk.wants(user="bob")) as bob, await desk.get() as alice:
            assert text_of(await bob.rest()) == "".join(f"b{number}" for number in range(20))
            await desk.put("done", user="alice")
            assert text_of(await alice.rest()) == "".join(f"a{number}" for number in range(20))


async def test_ping(open_: Open) -> None:
    """A silent stream is kept alive by comments."""
    async with open_(ping=0.02) as desk, await desk.get() as client:
        await client.comment()
        await client.comment()
        await desk.put("done")
        assert [event.name for event in await client.rest()] == ["queued", "done"]


async def test_full(open_: Open) -> None:
    """Past the number of streams that are allowed the next is sent elsewhere, or asked to come back, until one leaves."""
    async with open_(max_streams=1) as desk:
        async with await desk.get(), await desk.get() as refused:
            assert (refused.status, refused.headers["retry-after"], refused.headers[ELSEWHERE]) == (503, "2", "1")
        await desk.nobody()
        async with await desk.get() as admitted:
            assert admitted.status == 200


async def test_leaving(desk: Desk) -> None:
    """A reader who leaves is gone at once, and takes along whatever was kept for it."""
    async with await desk.get() as client:
        await client.next()
        assert desk.sample("gateway_streams_open", topic=desk.topic) == 1
    await desk.nobody()


async def test_token_ends(open_: Open) -> None:
    """A reader is warned 30 s before its token ends; at its end the stream ends."""
    async with open_() as desk:
        now = time.time()
        async with await desk.get(desk.wants(expires=now + 20)) as client:
            events = await client.take(2)
            assert (events[1].name, events[1].json()) == ("auth_expiring", {"expires_in": 20})
        async with await desk.get(desk.wants(expires=now - 1)) as client:
            assert [event.name for event in await client.rest()] == ["queued"]


@pytest.mark.parametrize("named", [True, False])
async def test_a_fresh_token_is_asked_for(open_: Open, *, named: bool) -> None:
    """Where a route has challenges, one comes in place of the warning: by name, whatever else is shown."""
    async with open_() as desk:
        wants = desk.wants(expires=time.time() + 20, challenge=True, only=("done",), named=named, ends=False)
        async with await desk.get(wants) as client:
            (challenge,) = await client.take(1)
            await desk.put("done")
            (done,) = await client.take(1)
    said = {"method": "POST", "headers": {"content-type": "application/x-challenge-response"}}
    assert (challenge.name, challenge.json()) == ("challenge", said)
    assert done.name == ("done" if named else "message")


async def test_connections_are_kept(desk: Desk) -> None:
    """After a stream has ended in good order its connection serves the next request."""
    await desk.answer(1)
    async with await desk.get() as client:
        await client.rest()
        head = "".join(f"{name}: {value}\r\n" for name, value in desk.wants(key="none").headers())
        client.writer.write(f"GET / HTTP/1.1\r\nhost: x\r\n{head}\r\n".encode())
        await client._head()
        event = await client.next()
    assert (client.status, event and event.name) == (200, "queued")


async def test_metrics(desk: Desk) -> None:
    """Streams, events and delays are counted; a name that is not ours does not become a label."""
    await desk.put("delta", {"text": "old"})
    async with await desk.get() as client:
        await client.take(2)
        await desk.put("surprise")
        await desk.put("done")
        await client.rest()
    topic = desk.topic
    sent = [
        desk.sample("gateway_events_sent_total", topic=topic, event=name)
        for name in ("queued", "delta", "other", "done", "error")
    ]
    assert sent == [1, 1, 1, 1, 0]
    assert desk.sample("gateway_streams_total", topic=topic, code="200") == 1
    assert desk.sample("gateway_delivery_seconds_count", topic=topic) == 2
    assert desk.sample("gateway_feed_records_total", topic=topic) == 3
    assert (desk.sample("gateway_history_bytes", topic=topic) or 0) > 0


@pytest.mark.parametrize("history", [2**26, 20_000, 1])
async def test_cut_anywhere(open_: Open, history: int) -> None:
    """Fifty readers cut at fifty different places and resumed each have every byte of the text, once."""
    async with open_(history_bytes=history) as desk:
        texts = await asyncio.gather(
            *(_cut_and_resume(desk, number) for number in range(50)),
            *(_write(desk, number) for number in range(5)),
        )
    assert texts[:50] == [texts[50 + number % 5] for number in range(50)]


async def _write(desk: Desk, number: int) -> str:
    return hashlib.sha256((await desk.answer(60, key=f"k{number}")).encode()).hexdigest()


async def _cut_and_resume(desk: Desk, number: int) -> str:
    wants, last, events = desk.wants(key=f"k{number % 5}"), None, list[object]()
    for allowed in range(1 + number % 7, 1_000, 1 + number % 11):
        async with await desk.get(wants, last=last) as client:
            while len(events) < allowed:
                event = await client.next()
                assert event is not None
                events.append(event)
                last = event.id
                if event.name == "done":
                    return hashlib.sha256(text_of(events).encode()).hexdigest()
    pytest.fail("the stream never ended")


async def test_unreadable_since(desk: Desk) -> None:
    """A subscription older than anything kept is served from what there is."""
    await desk.answer(1)
    async with await desk.get(replace(desk.wants(), since=0)) as client:
        assert [event.name for event in await client.rest()] == ["queued", "delta", "done"]
