"""A state as JSON, and its entity tag."""

import re

import orjson
import pytest

from ext_proc.results.status.representation import Representation
from ext_proc.results.status.state import QUEUED, RUNNING, State


def shown(state: State) -> object:
    """The JSON of a state."""
    return orjson.loads(Representation.of(state, query_id="q").body)


@pytest.mark.parametrize("state", [QUEUED, RUNNING])
def test_under_way(state: State) -> None:
    """While there is no end, there is the id and one word."""
    assert shown(state) == {"query_id": "q", "status": state.status}
    assert not Representation.of(state, query_id="q").final


def test_done() -> None:
    """A result's members are the document's own."""
    found = shown(State("done", b'{"query_id":"q","answer":"a","latency_ms":3}'))
    assert found == {"query_id": "q", "status": "done", "answer": "a", "latency_ms": 3}


def test_error() -> None:
    """A problem is one member: its `status` is HTTP's."""
    assert shown(State("error", b'{"status":503,"title":"t"}')) == {
        "query_id": "q",
        "status": "error",
        "error": {"status": 503, "title": "t"},
    }


def test_cancelled() -> None:
    """What was used so far is shown as it is for a result."""
    found = shown(State("cancelled", b'{"query_id":"q","token_usage":{"total_tokens":7}}'))
    assert found == {"query_id": "q", "status": "cancelled", "token_usage": {"total_tokens": 7}}


@pytest.mark.parametrize(
    ("value", "result"), [(b'{"status":"x"}', {"status": "x"}), (b"[1]", [1]), (b"text", "text"), (b"", "")]
)
def test_a_value_of_another_form(value: bytes, result: object) -> None:
    """What cannot be merged is a member of its own; the status stays the query's."""
    assert shown(State("done", value)) == {"query_id": "q", "status": "done", "result": result}


def test_a_tag_is_of_the_bytes() -> None:
    """It is strong, the same for the same state, and another for any other state."""
    states = [QUEUED, RUNNING, State("done", b"{}"), State("done", b'{"a":1}'), State("error", b"{}")]
    tags = [Representation.of(state, query_id="q").etag for state in states]
    assert tags == [Representation.of(state, query_id="q").etag for state in states]
    assert len(set(tags)) == len(states)
    assert all(re.fullmatch(r'"[A-Za-z0-9_-]{20}"', tag) for tag in tags)
    assert Representation.of(QUEUED, query_id="other").etag not in tags
