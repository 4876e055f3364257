"""The lines of a stream in NDJSON."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ext_proc.results.format.frame import Format, frame
from ext_proc.results.format.ndjson import NAMED, UNNAMED

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


def written(data: bytes, *, event: str = "delta", format_: Format = NAMED) -> bytes:
    """One event."""
    return b"".join(frame(format_, id="v1.1.2", event=event, data=data))


def line(data: bytes, **options: Any) -> Any:
    """The one line of an event, parsed."""
    (text,) = written(data, **options).splitlines()
    return json.loads(text)


@given(_JSON, st.sampled_from([None, 1]))
def test_data_survives(document: object, indent: int | None) -> None:
    """A record's JSON is a member of the line, however it was laid out."""
    assert {"id": "v1.1.2", "event": "delta", "data": document} == line(json.dumps(document, indent=indent).encode())


@given(st.binary(max_size=40))
def test_whatever_it_is(value: bytes) -> None:
    """A record that is no JSON is a string; nothing in it ends the line early."""
    found = line(value)
    assert set(found) == {"id", "event", "data"}


@pytest.mark.parametrize("number", [b"1.0", b"1e300", b"123456789012345678901234567890", b"0.10000000000000000001"])
def test_numbers_stay_exact(number: bytes) -> None:
    """What a number says is not ours to change."""
    assert b'"data":%s}' % number in written(number)


@pytest.mark.parametrize("value", [b"plain text", b"NaN", b"\xff\xfe", b"", b'{"a":1}{}', b"\r\n"])
def test_no_json(value: bytes) -> None:
    """Text that is no JSON is a string."""
    assert value.decode("utf-8", "replace") == line(value)["data"]


@given(st.text(st.characters(codec="utf-8")))
def test_names(name: str) -> None:
    """A name is quoted; without one, or where names are not wanted, it is `message`."""
    assert line(b"1", event=name)["event"] == (name or "message")
    assert line(b"1", event=name, format_=UNNAMED)["event"] == "message"


def test_the_rest() -> None:
    """The first bytes and the ping are empty lines, and a place is an object with nothing else."""
    assert NAMED.begin(2.0) == NAMED.ping == b"\n"
    assert NAMED.mark("v1.1.2") == b'{"id":"v1.1.2"}\n'


def test_an_event_may_keep_its_name() -> None:
    """What a client must be able to tell from messages has its name even where nothing else has."""
    assert NAMED.own_name("challenge") == UNNAMED.own_name("challenge") == b'"event":"challenge","data":'
