"""A query as it comes, and what its caller is told when it fails."""

import orjson
import pytest

from bus.records import Received
from runtime.clock import SystemClock
from schemas.errors import Malformed
from schemas.signature import Signer
from workers.errors import Poison, Transient
from workers.query import Query, decode_query, failure_event, query_id_of
from workers.scribe import Scribe


def record(body: bytes, *, key: bytes = b"tag.mine", **headers: str) -> Received:
    """A record of rag.queries."""
    given = {"user-id": "alice", "user-tier": "free"} | {name.replace("_", "-"): text for name, text in headers.items()}
    encoded = tuple((name, text.encode()) for name, text in given.items())
    return Received(topic="rag.queries", partition=0, offset=0, timestamp=0, key=key, value=body, headers=encoded)


def test_identity_in_a_body_is_ignored() -> None:
    """It is in the headers, and nowhere else."""
    body = {"query_id": "q", "question": "What?", "top_k": 3, "user_tier": "enterprise"}
    assert decode_query(record(orjson.dumps(body))) == Query(query_id="q", question="What?", top_k=3)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b"{}", b'{"question":1}', b'{"question":"x","top_k":"y"}'])
def test_what_is_no_query_is_malformed(body: bytes) -> None:
    """Whatever is wrong with it."""
    with pytest.raises(Malformed, match="not a query"):
        decode_query(record(body))


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"query_id":7}'])
def test_an_id_is_found_without_a_body(body: bytes) -> None:
    """Else nobody could be told."""
    assert query_id_of(record(body)) == "mine"


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (Poison("model-rejected", "secret"), 422, "model-rejected"),
        (Transient("model-unavailable", "secret"), 503, "model-unavailable"),
        (Poison("malformed", "secret"), 400, "malformed"),
        (Transient("whatever", "secret"), 500, "internal"),
    ],
)
def test_a_failure_says_what_the_user_can_do(error: Poison | Transient, status: int, kind: str) -> None:
    """And nothing of what went wrong inside."""
    scribe = Scribe(stage="generator", signer=Signer("k" * 32), clock=SystemClock())
    origin = record(b'{"query_id":"q"}', traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    (event,) = failure_event(scribe, origin, error)
    problem = orjson.loads(event.value or b"")
    assert (problem["status"], problem["query_id"]) == (status, "q")
    assert problem["type"].endswith(f"/{kind}")
    assert problem["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert "gain" in problem["detail"]
    assert b"secret" not in (event.value or b"")
    headers = dict(event.headers)
    assert (headers["tier"], headers["ce_type"], headers["ce_id"]) == (
        b"free",
        b"rag.answer.error.v1",
        b"tag.mine/error",
    )


def test_a_query_without_a_trace_has_none() -> None:
    """Rather than half of one."""
    scribe = Scribe(stage="generator", signer=Signer("k" * 32), clock=SystemClock())
    (event,) = failure_event(scribe, record(b"{}", traceparent="garbage"), Poison("malformed", "x"))
    assert orjson.loads(event.value or b"")["trace_id"] == ""
