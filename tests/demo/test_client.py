"""The small client."""

import re
from collections.abc import AsyncIterator

import orjson
import pytest

from demo.client import MOST_FAILURES, Client, Event
from demo.errors import Refused, StreamLost, Unreachable
from local.kafka.ports import free_port
from tests.demo.conftest import Says, Scripted

QUICK = b"retry: 1\n\n"


def sse(name: str, number: int, data: object = None) -> bytes:
    return b"event: %s\nid: v1.0.%d\ndata: %s\n\n" % (name.encode(), number, orjson.dumps(data or {}))


async def follow(server: Scripted, *script: Says, last_event_id: str = "") -> list[Event]:
    server.script = script
    async with Client(server.url, token="t") as client:
        return [event async for event in client.events("q1", last_event_id=last_event_id)]


async def test_a_question_is_posted_with_the_token(scripted: Scripted) -> None:
    """The id comes from the gateway's answer; more fields go into the body."""
    scripted.script = [Says(status=202, body=b'{"query_id":"q1"}')]
    async with Client(scripted.url + "/", token="t") as client:
        assert await client.ask("How?", top_k=3) == "q1"

    assert scripted.asked[0].headers["authorization"] == "Bearer t"
    assert scripted.asked[0].headers["content-type"] == "application/json"
    assert scripted.asked[0].path == "/queries"
    assert orjson.loads(scripted.bodies[0]) == {"question": "How?", "top_k": 3}


async def test_a_chunk_gives_its_receipt(scripted: Scripted) -> None:
    """What the gateway answered is handed on."""
    scripted.script = [Says(status=202, body=b'{"offset":7}')]
    async with Client(scripted.url, token="t") as client:
        assert await client.publish({"doc_id": "a"}) == {"offset": 7}
    assert scripted.asked[0].path == "/chunks"


async def test_a_question_is_cancelled(scripted: Scripted) -> None:
    """By its id; what is not the caller's is refused."""
    scripted.script = [Says(status=202), Says(status=404)]
    async with Client(scripted.url, token="t") as client:
        await client.cancel("q1")
        with pytest.raises(Refused, match="refused with 404"):
            await client.cancel("q2")
    assert [(one.method, one.path) for one in scripted.asked] == [("DELETE", "/queries/q1"), ("DELETE", "/queries/q2")]


async def test_how_far_an_answer_is(scripted: Scripted) -> None:
    """A wait and what is known already go as headers; 304 is an answer, and 404 is not."""
    scripted.script = [Says(status=200, body=b'{"status":"queued"}'), Says(status=304), Says(status=404)]
    async with Client(scripted.url, token="t") as client:
        assert (await client.status("q1")).document() == {"status": "queued"}
        assert (await client.status("q1", wait=30, etag='"e"')).status == 304
        with pytest.raises(Refused):
            await client.status("q1")

    assert [request.path for request in scripted.asked] == ["/queries/q1"] * 3
    sent = [(request.headers.get("prefer"), request.headers.get("if-none-match")) for request in scripted.asked[:2]]
    assert sent == [(None, None), ("wait=30", '"e"')]


async def test_no_token_is_sent_where_there_is_none(scripted: Scripted) -> None:
    """An empty token is no header at all; another path may be asked as well, by its whole address."""
    async with Client(scripted.url, token="") as client:
        answer = await client.request("GET", f"{scripted.url}/metrics")

    assert answer.status == 200
    assert "authorization" not in scripted.asked[0].headers


async def test_a_problem_is_told_in_one_line(scripted: Scripted) -> None:
    """Status, detail, and every violation."""
    problem = {"detail": "The body is invalid.", "errors": [{"pointer": "#/question", "detail": "is required"}]}
    scripted.script = [Says(status=400, body=orjson.dumps(problem))]
    async with Client(scripted.url, token="t") as client:
        with pytest.raises(Refused, match=r"refused with 400: The body is invalid\.; #/question is required"):
            await client.ask("")


@pytest.mark.parametrize(
    ("says", "text", "wait"),
    [
        (Says(status=503, body=b"upstream", headers={"retry-after": "2"}), "refused with 503", 2.0),
        (
            Says(status=429, body=b"[]", headers={"retry-after": "Fri, 31 Dec 1999 23:59:59 GMT"}),
            "refused with 429",
            None,
        ),
        (Says(status=200, body=b'{"title":"OK"}'), "refused with 200: OK", None),
    ],
)
async def test_any_other_answer_is_a_refusal_too(scripted: Scripted, says: Says, text: str, wait: float | None) -> None:
    """Only 202 means that a record is in Kafka."""
    scripted.script = [says]
    async with Client(scripted.url, token="t") as client:
        with pytest.raises(Refused, match=text) as caught:
            await client.publish({})
    assert caught.value.retry_after == wait


async def test_where_nothing_answers_it_says_how_to_start() -> None:
    """The most common mistake is told with its cure."""
    async with Client(f"http://127.0.0.1:{free_port()}", token="t") as client:
        with pytest.raises(Unreachable, match="`make demo` starts it"):
            await client.ask("How?")


async def test_a_client_must_be_entered() -> None:
    """A misuse is told as one."""
    with pytest.raises(RuntimeError, match=re.escape("use `async with Client(...)`")):
        await Client("http://127.0.0.1", token="").ask("How?")


async def test_an_answer_is_followed_to_its_end(scripted: Scripted) -> None:
    """The stream ends with the terminal event, whatever the server would still say."""
    body = QUICK + b": ping\n\n" + sse("delta", 1, {"text": "a"}) + sse("done", 2) + sse("delta", 3)

    found = await follow(scripted, Says(body=body))

    assert found == [Event(name="delta", id="v1.0.1", data={"text": "a"}), Event(name="done", id="v1.0.2", data={})]
    assert len(scripted.asked) == 1
    assert "last-event-id" not in scripted.asked[0].headers


async def test_a_broken_stream_is_taken_up_where_it_broke(scripted: Scripted) -> None:
    """A cut within an event, an end without one, a gateway that is away: the reader sees every event once."""
    found = await follow(
        scripted,
        Says(body=QUICK + sse("delta", 1) + b"id: v1.0.2\nevent: delta\nda", breaks=True),
        Says(status=503),
        Says(body=sse("delta", 2)),
        Says(body=sse("done", 3)),
    )

    assert [event.id for event in found] == ["v1.0.1", "v1.0.2", "v1.0.3"]
    assert [request.headers.get("last-event-id") for request in scripted.asked] == [None, *["v1.0.1"] * 2, "v1.0.2"]


async def test_an_answer_that_has_ended_gives_nothing(scripted: Scripted) -> None:
    """204 is how EventSource is told to stop."""
    assert await follow(scripted, Says(status=204), last_event_id="v1.0.9") == []
    assert scripted.asked[0].headers["last-event-id"] == "v1.0.9"


async def test_a_result_of_somebody_else_is_refused(scripted: Scripted) -> None:
    """404 is an answer, not a broken stream."""
    with pytest.raises(Refused, match="refused with 404"):
        await follow(scripted, Says(status=404))


async def test_a_stream_that_only_breaks_is_given_up(scripted: Scripted) -> None:
    """The number of attempts is bounded."""
    with pytest.raises(StreamLost, match=f"broke {MOST_FAILURES} times"):
        await follow(scripted, Says(body=QUICK))
    assert len(scripted.asked) == MOST_FAILURES


async def test_data_that_is_no_object_is_handed_on(scripted: Scripted) -> None:
    """A foreign topic's events are shown as they are."""
    (first, _) = await follow(scripted, Says(body=QUICK + sse("message", 1, [1]) + sse("done", 2)))

    assert first.data == {"data": [1]}


async def test_an_upload_is_sent_piece_by_piece(scripted: Scripted) -> None:
    """Its answer comes in pieces, too."""

    async def body() -> AsyncIterator[bytes]:
        yield b"one\n"
        yield b"two\n"

    scripted.script = [Says(body=b"receipts")]
    async with Client(scripted.url, token="t") as client:
        said = [piece async for piece in client.upload("/chunks", body(), kind="application/x-ndjson")]

    assert (b"".join(said), scripted.bodies) == (b"receipts", [b"one\ntwo\n"])
    assert scripted.asked[0].headers["content-type"] == "application/x-ndjson"


@pytest.mark.parametrize(
    ("says", "error"), [(Says(status=401), Refused), (Says(body=b"rec", breaks=True), Unreachable)]
)
async def test_an_upload_may_go_wrong(scripted: Scripted, says: Says, error: type[Exception]) -> None:
    """Refused as a whole, or cut off."""

    async def body() -> AsyncIterator[bytes]:
        yield b"one\n"

    scripted.script = [says]
    async with Client(scripted.url, token="t") as client:
        with pytest.raises(error):
            assert [piece async for piece in client.upload("/chunks", body(), kind="x")]
