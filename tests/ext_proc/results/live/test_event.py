"""An event in memory."""

from bus.records import Received
from ext_proc.results.live.event import Event
from tests.ext_proc.results.records import record


def test_encoded_once() -> None:
    """All readers share the same bytes."""
    event = Event(record(7, value=b'{"text":"a"}'))
    assert event.frame() == b'event: delta\nid: v1.0.7\ndata: {"text":"a"}\n\n'
    assert event.frame() is event.frame()


def test_names() -> None:
    """The name comes from the type, a tombstone is `delete`, and both stay when the event was encoded."""
    gone = Event(record(1, value=None))
    plain = Event(Received(topic="t", partition=0, offset=2, timestamp=0, key=b"k", value=b"1"))
    assert (gone.name, plain.name) == ("delete", "")
    assert gone.frame() == b"event: delete\nid: v1.0.1\ndata: null\n\n"
    assert plain.frame() == b"id: v1.0.2\ndata: 1\n\n"
    assert (gone.name, plain.name) == ("delete", "")
    assert plain.user_id is None
    assert not gone.terminal
