"""Reading Server-Sent Events."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.errors import LineTooLong
from demo.sse import MOST_BYTES, ServerEvent, SseParser
from ext_proc.results.format.event_id import EventId
from ext_proc.results.format.frame import frame
from ext_proc.results.format.sse import NAMED


def events(stream: bytes) -> list[ServerEvent]:
    return SseParser().feed(stream)


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b"data: a\n\n", [("message", "", "a")]),
        (b"event: delta\nid: 7\ndata: a\n\n", [("delta", "7", "a")]),
        (b"data: YHOO\ndata: +2\ndata: 10\n\n", [("message", "", "YHOO\n+2\n10")]),
        (b"data\n\ndata\ndata\n\ndata:", [("message", "", ""), ("message", "", "\n")]),
        (b"data:test\n\ndata: test\n\n", [("message", "", "test"), ("message", "", "test")]),
        (b": comment\n\nevent: x\n\ndata: a\n\n", [("message", "", "a")]),
        (b"id: 1\ndata: a\n\nid\ndata: b\n\n", [("message", "1", "a"), ("message", "", "b")]),
        (b"id: 1\n\ndata: a\n\n", [("message", "1", "a")]),
        (b"id: a\0b\ndata: a\n\n", [("message", "", "a")]),
        (b"\xef\xbb\xbfdata: a\r\n\r\ndata: b\r\r", [("message", "", "a"), ("message", "", "b")]),
        (b"unknown: 1\ndata: \xc3\xa9\n\n", [("message", "", "\u00e9")]),
    ],
)
def test_a_stream_is_read_as_the_standard_says(stream: bytes, expected: list[tuple[str, str, str]]) -> None:
    """The examples of the standard, and its corners."""
    assert [(event.name, event.id, event.data) for event in events(stream)] == expected


@settings(max_examples=300, deadline=None)
@given(cuts=st.lists(st.integers(min_value=0, max_value=80), max_size=8))
def test_pieces_of_any_size_give_the_same_events(cuts: list[int]) -> None:
    """Where the network cuts a stream, even within CR LF or a letter, changes nothing."""
    stream = "event: delta\r\nid: 1\r\ndata: \u00e9\U0001f6a2\r\n\r\n: ping\n\nretry: 50\ndata: b\r\rid: 2\ndata: c\n\n".encode()
    borders = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    parser = SseParser()
    found = [event for start, end in pairwise(borders) for event in parser.feed(stream[start:end])]

    assert found == events(stream)
    assert parser.retry == 0.05


def test_what_our_server_writes_is_read_back() -> None:
    """Both ends agree, line breaks in the data included."""
    one = str(EventId(partition=3, offset=42))
    delta = frame(NAMED, id=one, event="delta", data=b'{"text":"a"}')
    message = frame(NAMED, id=one, event="message", data=b"a\r\nb")
    parser = SseParser()
    stream = b"".join([NAMED.begin(2.0), NAMED.ping, *delta, *message])

    assert parser.feed(stream) == [
        ServerEvent(name="delta", id=one, data='{"text":"a"}'),
        ServerEvent(name="message", id=one, data="a\nb"),
    ]
    assert parser.retry == 2.0


def test_an_event_that_is_cut_off_is_not_skipped() -> None:
    """Its id counts only once it is whole: otherwise coming back would leave it out."""
    parser = SseParser()
    parser.feed(b"id: 1\ndata: a\n\nid: 2\ndata: b\n")

    assert parser.last_id == "1"


@pytest.mark.parametrize("value", ["", "soon", "-1", "1.5", "\u0661"])
def test_only_digits_are_a_pace(value: str) -> None:
    """Anything else leaves the pace as it was."""
    parser = SseParser(retry=1.0)
    parser.feed(f"retry: {value}\n\n".encode())

    assert parser.retry == 1.0


def test_a_line_without_end_is_given_up() -> None:
    """The memory that a foreign server can take is bounded."""
    with pytest.raises(LineTooLong):
        SseParser().feed(b"data: " + b"x" * MOST_BYTES)
