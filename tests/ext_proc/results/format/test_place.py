"""What a client may come back with."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus.records import Partition
from ext_proc.results.format import place
from ext_proc.results.format.assignment import Assignment, Assignments
from ext_proc.results.format.event_id import EventId
from ext_proc.results.format.vector import Vector

AT = {"topic": "t", "partition": 0}
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["topic", "partition", "offset", "timestamp"]), inner, max_size=4)
    ),
)


def test_each_kind() -> None:
    """Our own two, and KafkaSSE's, are told apart by their form."""
    assert place.parse("v1.0.7") == EventId(0, 7)
    assert place.parse(str(Vector((1, 2)))) == Vector((1, 2))
    assert place.parse(json.dumps([{**AT, "offset": 7}])) == Assignments((Assignment(Partition("t", 0), 7, 0),))


@pytest.mark.parametrize(
    ("item", "offset", "timestamp"),
    [
        ({"offset": 0}, 0, 0),
        ({"offset": -1}, -1, 0),
        ({"offset": -2}, -2, 0),
        ({"timestamp": 5}, None, 5),
        ({"offset": None, "timestamp": 5}, None, 5),
        ({"offset": 7, "timestamp": 5}, 7, 0),
        ({"offset": 7, "more": []}, 7, 0),
    ],
)
def test_kafka_sse(item: dict[str, Any], offset: int | None, timestamp: int) -> None:
    """An offset counts before a time, and what else is there does not matter."""
    expected = Assignments((Assignment(Partition("t", 0), offset, timestamp),))
    assert expected == place.parse(json.dumps([{**AT, **item}]))


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        ["t"],
        [AT],
        [{**AT, "offset": -3}],
        [{**AT, "offset": 2**63}],
        [{**AT, "offset": True}],
        [{**AT, "offset": 1.0}],
        [{**AT, "offset": "1"}],
        [{**AT, "timestamp": -1}],
        [{**AT, "partition": -1, "offset": 1}],
        [{**AT, "partition": 2**31, "offset": 1}],
        [{**AT, "partition": False, "offset": 1}],
        [{"topic": 1, "partition": 0, "offset": 1}],
        [{**AT, "offset": 1}, {**AT, "offset": 1}],
        [{**AT, "offset": 1}, "t"],
        [[]],
    ],
)
def test_malformed(document: object) -> None:
    """Anything else is no place, nor is one that names a partition twice."""
    assert place.parse(json.dumps(document)) is None


@given(st.text(max_size=40) | _JSON.map(json.dumps) | st.lists(_JSON, max_size=3).map(json.dumps))
def test_garbage(text: str) -> None:
    """Whatever a client sends, it is a place or none."""
    found = place.parse(text)
    assert found is None or str(found)


def test_nested_garbage() -> None:
    """So is what is nested as deeply as a header is long."""
    assert place.parse("[" * 60_000) is None
