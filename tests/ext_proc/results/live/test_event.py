"""An event in memory."""

from dataclasses import replace

import pytest

from bus.records import Received
from ext_proc.results.format import ndjson, sse
from ext_proc.results.live.event import HEADER, Event
from tests.ext_proc.results.records import record


def written(event: Event) -> bytes:
    """The event in a stream."""
    return b"".join(event.frame(sse.NAMED))


def test_encoded_once() -> None:
    """All readers of a format share the same bytes, and the record's value is not copied."""
    kept = record(7, value=b'{"text":"a"}')
    event = Event(kept)
    assert written(event) == b'id: v1.0.7\nevent: delta\ndata: {"text":"a"}\n\n'
    for format_ in (sse.NAMED, sse.UNNAMED, ndjson.NAMED, ndjson.UNNAMED):
        assert event.frame(format_) is event.frame(format_)
        assert event.frame(format_)[2] is kept.value


@pytest.mark.parametrize(
    ("key", "data"), [(b"k", b'{"key":"k"}'), (None, b'{"key":null}'), (b"\xff", b'{"key":"\xef\xbf\xbd"}')]
)
def test_tombstone(key: bytes | None, data: bytes) -> None:
    """A record without a value is `delete`, and says which key; it ends nothing."""
    gone = Event(replace(record(1, value=None), key=key))
    assert written(gone) == b"id: v1.0.1\nevent: delete\ndata: %s\n\n" % data
    assert gone.name == "delete"
    assert not gone.terminal


def test_its_value() -> None:
    """It stays at hand, encoded or not."""
    event = Event(record(1, value=b'{"text":"a"}'))
    written(event)
    assert event.value == b'{"text":"a"}'
    assert Event(record(1, value=None)).value is None


def test_without_a_type() -> None:
    """Whatever is no event of anybody's vocabulary is a `message`, so that `onmessage` has it."""
    plain = Event(Received(topic="t", partition=0, offset=2, timestamp=0, key=b"k", value=b"1"))
    assert plain.name == "message"
    assert written(plain) == b"id: v1.0.2\ndata: 1\n\n"
    assert plain.user_id is None


def test_headers() -> None:
    """Only those that conditions read are kept; a name that is there twice says nothing, be it the owner's."""
    given = record(0)
    more = replace(given, headers=(*given.headers, ("shop", b"s1"), ("region", b"eu"), ("other", b"x")))
    assert Event(more).headers == {}
    kept = Event(more, keep=frozenset({"shop", "tier"}))
    assert (kept.headers, kept.size) == ({"shop": b"s1"}, Event(more).size + HEADER + 2)
    twice = Event(replace(more, headers=(*more.headers, ("shop", b"s2"))), keep=frozenset({"shop", "region"}))
    assert (twice.headers, twice.user_id) == ({"region": b"eu"}, b"alice")
    assert Event(replace(given, headers=(*given.headers, ("user-id", b"bob")))).user_id is None


def test_judged_once() -> None:
    """Whoever asks second has the answer that the first one was given."""
    asked = list[Received]()

    def trust(found: Received) -> bool:
        asked.append(found)
        return True

    event = Event(
        replace(record(0), headers=(("user-id", b"a"), ("user-tier", b"b"), ("identity-sig", b"c"), ("d", b"e")))
    )
    assert event.trusted(trust)
    assert event.trusted(trust)
    assert [found.headers for found in asked] == [(("user-id", b"a"), ("user-tier", b"b"), ("identity-sig", b"c"))]
