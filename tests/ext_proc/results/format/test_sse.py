"""The bytes of an event stream."""

import re

from hypothesis import given
from hypothesis import strategies as st

from ext_proc.results.format.event_id import EventId
from ext_proc.results.format.sse import PING, frame, retry
from tests.ext_proc.results.client import Parser, Sse

_PLACE = EventId(1, 2)
_TEXT = st.text(st.characters(codec="utf-8"), min_size=1)


@given(_TEXT)
def test_data_survives(text: str) -> None:
    """Whatever a record holds arrives as it is, but for the kind of its line ends."""
    (event,) = Parser().feed(frame(id=_PLACE, event="delta", data=text.encode()))
    assert Sse("delta", "v1.1.2", re.sub("\r\n|\r", "\n", text)) == event


@given(_TEXT)
def test_name_cannot_break_out(name: str) -> None:
    """A name out of a record's header can add neither a field nor an event."""
    (event,) = Parser().feed(frame(id=_PLACE, event=name, data=b"{}"))
    assert (event.id, event.data) == ("v1.1.2", "{}")


def test_unnamed() -> None:
    """Without a name it is a `message`."""
    assert frame(id=_PLACE, event="", data=b"{}") == b"id: v1.1.2\ndata: {}\n\n"


def test_the_rest() -> None:
    """The first bytes, and the comment that keeps a stream alive."""
    assert retry(2.0) == b"retry: 2000\n\n"
    assert PING == b": ping\n\n"
