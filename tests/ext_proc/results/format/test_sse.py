"""The bytes of an event stream."""

import re

from hypothesis import given
from hypothesis import strategies as st

from ext_proc.results.format.frame import Format, frame
from ext_proc.results.format.sse import NAMED, UNNAMED
from tests.ext_proc.results.client import Parser, Sse

_TEXT = st.text(st.characters(codec="utf-8"), min_size=1)


def written(event: str, data: bytes, *, format_: Format = NAMED) -> bytes:
    """One event."""
    return b"".join(frame(format_, id="v1.1.2", event=event, data=data))


@given(_TEXT)
def test_data_survives(text: str) -> None:
    """Whatever a record holds arrives as it is, but for the kind of its line ends."""
    (event,) = Parser().feed(written("delta", text.encode()))
    assert Sse("delta", "v1.1.2", re.sub("\r\n|\r", "\n", text)) == event


@given(_TEXT)
def test_name_cannot_break_out(name: str) -> None:
    """A name out of a record's header can add neither a field nor an event."""
    (event,) = Parser().feed(written(name, b"{}"))
    assert (event.id, event.data) == ("v1.1.2", "{}")


def test_unnamed() -> None:
    """Without a name, or where names are not wanted, it is what EventSource calls a `message`."""
    plain = b"id: v1.1.2\ndata: {}\n\n"
    assert plain == written("", b"{}") == written("message", b"{}") == written("done", b"{}", format_=UNNAMED)


def test_a_place_is_no_event() -> None:
    """A reader learns where it stands, and nothing is dispatched."""
    parser = Parser()
    assert parser.feed(NAMED.mark("v1.1.2")) == []
    assert parser.last_id == "v1.1.2"


def test_the_rest() -> None:
    """The first bytes, and the comment that keeps a stream alive."""
    assert NAMED.begin(2.0) == b"retry: 2000\n"
    assert NAMED.ping == b": ping\n\n"


def test_an_event_may_keep_its_name() -> None:
    """What a client must be able to tell from messages has its name even where nothing else has."""
    assert NAMED.own_name("challenge") == UNNAMED.own_name("challenge") == b"event: challenge\ndata: "
