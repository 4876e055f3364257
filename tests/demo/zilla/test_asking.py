"""Asking as clients of Zilla's demo do."""

import re
import uuid

import orjson
import pytest

from demo.client import Client
from demo.errors import Refused, StreamLost, Unreachable
from demo.zilla import asking
from local.kafka.ports import free_port
from tests.demo.conftest import Says, Scripted

RESULT = {
    "query_id": "q1",
    "answer": "It does.",
    "sources": [
        {"doc_id": "a", "chunk_index": 0, "source_url": "https://a.example/", "score": 1},
        {"doc_id": "b", "chunk_index": 2, "source_url": None, "score": 0.5},
    ],
    "model": "claude-haiku-4-5",
    "latency_ms": 87,
    "token_usage": {"total_tokens": 15},
}
SHOWN = "It does.\n    a#0  https://a.example/\n    b#2  \n    claude-haiku-4-5, 87 ms, 15 tokens\n"
OPEN = b"retry: 2000\n\nid: v1.0.-1\n\n"


def stream(*events: bytes) -> Says:
    return Says(body=OPEN + b"".join(events))


def message(result: object) -> bytes:
    return b"id: v1.0.7\ndata: %s\n\n" % orjson.dumps(result)


async def test_the_stream_is_open_before_the_question_is_asked(scripted: Scripted) -> None:
    """The client chooses the id, brings its token in the address of the stream, and learns nothing from the POST."""
    written: list[str] = []
    scripted.script = [stream(b"event: other\ndata: 1\n\n", message(RESULT)), Says(status=204)]
    async with Client(scripted.url, token="t") as client:
        assert await asking.ask(client, "Does it?", write=written.append, top_k=3)

    listened, asked = scripted.asked
    query_id = listened.path.removeprefix("/results/")
    assert str(uuid.UUID(query_id)) == query_id
    assert (listened.query["access_token"], listened.headers["accept"]) == ("t", "text/event-stream")
    assert "authorization" not in listened.headers
    assert (asked.path, asked.headers["authorization"]) == ("/queries", "Bearer t")
    assert orjson.loads(scripted.bodies[1]) == {"query_id": query_id, "question": "Does it?", "top_k": 3}
    assert written == [SHOWN]


async def test_an_answer_without_a_model_says_so(scripted: Scripted) -> None:
    """Where nothing was found, none was asked."""
    scripted.script = [stream(message({**RESULT, "sources": [], "model": None})), Says(status=204)]
    written: list[str] = []
    async with Client(scripted.url, token="t") as client:
        assert await asking.ask(client, "Does it?", write=written.append, query_id="q1")

    assert scripted.asked[0].path == "/results/q1"
    assert written == ["It does.\n    no model was asked, 87 ms, 15 tokens\n"]


@pytest.mark.parametrize(
    ("script", "error", "text"),
    [
        ([Says(status=401)], Refused, "refused with 401"),
        ([stream(), Says(status=400)], Refused, "refused with 400"),
        ([stream(), Says(status=204)], StreamLost, "q1"),
    ],
)
async def test_a_refusal_is_told_by_its_status(
    scripted: Scripted, script: list[Says], error: type[Exception], text: str
) -> None:
    """There is nothing else to tell it by; a stream that breaks before its result is lost."""
    scripted.script = script
    async with Client(scripted.url, token="t") as client:
        with pytest.raises(error, match=re.escape(text)):
            await asking.ask(client, "Does it?", write=lambda _: None, query_id="q1")


async def test_where_nothing_answers_it_says_how_to_start() -> None:
    """As everywhere in the demo."""
    async with Client(f"http://127.0.0.1:{free_port()}", token="t") as client:
        with pytest.raises(Unreachable, match="`make demo` starts it"):
            await asking.ask(client, "Does it?", write=lambda _: None)


async def test_nobody_waits_for_ever(scripted: Scripted) -> None:
    """The stream stays open, so it is the client that gives up."""
    written: list[str] = []
    scripted.script = [Says(body=OPEN, stays=True), Says(status=204)]
    async with Client(scripted.url, token="t") as client:
        assert not await asking.ask(client, "Does it?", write=written.append, patience=0.05)
    assert written == ["\nno result has come in 0.05 s\n"]
