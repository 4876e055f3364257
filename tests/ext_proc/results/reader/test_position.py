"""Where a reader stands, and how it is told."""

from ext_proc.results.format import ndjson, sse
from ext_proc.results.format.vector import Vector
from ext_proc.results.live.event import Event
from ext_proc.results.reader.position import KeyPosition, TopicPosition
from tests.ext_proc.results.records import record


def test_of_a_key() -> None:
    """The ids are those of the events, whose bytes all readers share; between them, of the last record passed."""
    position, event = KeyPosition(), Event(record(7))
    position.passed(0, 5)
    assert (position.unsaid, position.id(), position.next_id(), position.at(0)) == (True, "v1.0.4", "v1.0.5", 5)
    assert position.framed(event, sse.NAMED) is event.frame(sse.NAMED)
    assert (position.unsaid, position.id()) == (False, "v1.0.7")
    position.passed(0, 8)
    assert not position.unsaid
    position.passed(0, 9)
    assert (position.unsaid, position.id()) == (True, "v1.0.8")


def test_of_a_topic() -> None:
    """An id names every partition, and an event shares all but its id."""
    position, event = TopicPosition(), Event(record(7, partition=1))
    position.passed(2, 5)
    assert (position.unsaid, position.id(), position.next_id()) == (True, str(Vector((0, 0, 5))), position.id())
    for format_ in (sse.NAMED, ndjson.NAMED):
        place, *shared = position.framed(event, format_)
        assert place == format_.place(str(Vector((0, 8, 5))))
        assert all(mine is its for mine, its in zip(shared, event.frame(format_)[1:], strict=True))
    assert not position.unsaid
    position.passed(1, 8)
    assert not position.unsaid
    assert [position.at(number) for number in range(4)] == [0, 8, 5, 0]
