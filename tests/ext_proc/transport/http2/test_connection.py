"""A connection keeps to RFC 9113: what breaks it ends with the code that is named there, and nothing else does."""

import pytest

from ext_proc.transport.http2 import frames
from ext_proc.transport.http2.errors import ErrorCode
from ext_proc.transport.http2.frames import ACK, END_HEADERS, END_STREAM, PREFACE, PRIORITIZED, Kind
from ext_proc.transport.http2.limits import Limits
from tests.ext_proc.transport.http2.client import REQUEST, Client, block

SETTINGS = frames.frame(Kind.SETTINGS, 0, 0, b"")
WINDOW_OF_1 = frames.frame(Kind.SETTINGS, 0, 0, b"\x00\x04\x00\x00\x00\x01")


def test_the_first_word_is_settings() -> None:
    """A server's preface, said before anything came; the table of headers has no room."""
    first = Client(greeted=False).hear()[0]
    assert (Kind.SETTINGS, 0, 0) == first[:3]
    assert first[3].startswith(b"\x00\x01\x00\x00\x00\x00")


def test_a_greeting_may_come_byte_by_byte() -> None:
    """And is acknowledged."""
    client = Client(greeted=False)
    for byte in PREFACE + SETTINGS:
        client.give(bytes([byte]))
    assert (Kind.SETTINGS, ACK, 0, b"") == client.hear()[-1]


@pytest.mark.parametrize("greeting", [b"GET / HTTP/1.1\r\n", PREFACE + frames.frame(Kind.PING, 0, 0, bytes(8))])
def test_another_greeting_is_refused(greeting: bytes) -> None:
    """Section 3.4."""
    client = Client(greeted=False).give(greeting)
    assert [(0, ErrorCode.PROTOCOL_ERROR)] == client.codes(Kind.GOAWAY)
    assert client.connection.done


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (frames.frame(Kind.DATA, 0, 0, b""), ErrorCode.PROTOCOL_ERROR),
        (frames.frame(Kind.DATA, 0, 1, b""), ErrorCode.PROTOCOL_ERROR),
        (frames.frame(Kind.HEADERS, END_HEADERS, 0, block()), ErrorCode.PROTOCOL_ERROR),
        (frames.frame(Kind.HEADERS, 0, 0, block()), ErrorCode.PROTOCOL_ERROR),
        (frames.frame(Kind.HEADERS, END_HEADERS, 2, block()), ErrorCode.PROTOCOL_ERROR),
        (frames.frame(Kind.HEADERS, END_HEADERS | PRIORITIZED, 1, b"\x00"), ErrorCode.FRAME_SIZE_ERROR),
        (frames.frame(Kind.PRIORITY, 0, 0, bytes(5)), ErrorCode.PROTOCOL_ERROR),
        (frames.frame(Kind.PRIORITY, 0, 1, b"\x00\x00\x00\x01\x00"), ErrorCode.PROTOCOL_ERROR),
        (frames.frame(Kind.PRIORITY, 0, 1, bytes(4)), ErrorCode.FRAME_SIZE_ERROR),
        (frames.frame(Kind.RST_STREAM, 0, 1, bytes(4)), ErrorCode.PROTOCOL_ERROR),
        (frames.frame(Kind.RST_STREAM, 0, 1, bytes(3)), ErrorCode.FRAME_SIZE_ERROR),
        (frames.frame(Kind.SETTINGS, 0, 1, b""), ErrorCode.PROTOCOL_ERROR),
        (frames.frame(Kind.SETTINGS, 0, 0, bytes(5)), ErrorCode.FRAME_SIZE_ERROR),
        (frames.frame(Kind.SETTINGS, ACK, 0, bytes(6)), ErrorCode.FRAME_SIZE_ERROR),
        (frames.frame(Kind.SETTINGS, 0, 0, b"\x00\x02\x00\x00\x00\x02"), ErrorCode.PROTOCOL_ERROR),
        (frames.frame(Kind.SETTINGS, 0, 0, b"\x00\x04\x80\x00\x00\x00"), ErrorCode.FLOW_CONTROL_ERROR),
        (frames.frame(Kind.SETTINGS, 0, 0, b"\x00\x05\x00\x00\x00\x01"), ErrorCode.PROTOCOL_ERROR),
        (frames.frame(Kind.PUSH_PROMISE, END_HEADERS, 1, bytes(4)), ErrorCode.PROTOCOL_ERROR),
        (frames.frame(Kind.PING, 0, 1, bytes(8)), ErrorCode.PROTOCOL_ERROR),
        (frames.frame(Kind.PING, 0, 0, bytes(7)), ErrorCode.FRAME_SIZE_ERROR),
        (frames.frame(Kind.GOAWAY, 0, 1, bytes(8)), ErrorCode.PROTOCOL_ERROR),
        (frames.frame(Kind.GOAWAY, 0, 0, bytes(7)), ErrorCode.FRAME_SIZE_ERROR),
        (frames.frame(Kind.WINDOW_UPDATE, 0, 0, bytes(4)), ErrorCode.PROTOCOL_ERROR),
        (frames.frame(Kind.WINDOW_UPDATE, 0, 0, bytes(3)), ErrorCode.FRAME_SIZE_ERROR),
        (frames.window_update(0, 2**31 - 1), ErrorCode.FLOW_CONTROL_ERROR),
        (frames.window_update(1, 1), ErrorCode.PROTOCOL_ERROR),
        (frames.frame(Kind.CONTINUATION, END_HEADERS, 1, b""), ErrorCode.PROTOCOL_ERROR),
        (frames.frame(Kind.HEADERS, 0, 1, block()) + SETTINGS, ErrorCode.PROTOCOL_ERROR),
    ],
)
def test_a_violation_ends_the_connection_with_its_code(frame: bytes, code: ErrorCode) -> None:
    """Sections 4 to 6; and nothing that comes after it is looked at."""
    client = Client().give(frame)
    assert [code] == [said for _, said in client.codes(Kind.GOAWAY)]
    assert client.connection.done
    assert [] == client.give(frames.frame(Kind.PING, 0, 0, bytes(8))).hear()


def test_a_violation_tells_the_open_streams() -> None:
    """Their calls hear that nobody waits any more."""
    client = Client()
    call = client.open(1)
    client.give(frames.frame(Kind.PUSH_PROMISE, 0, 1, bytes(4)))
    assert ["gone"] == call.told


def test_unknown_frames_and_priorities_are_passed_over() -> None:
    """Sections 5.5 and 5.3.2."""
    unknown = b"\x00\x00\x01\xfa\xff\x00\x00\x00\x09x"
    assert [] == Client().give(unknown, frames.frame(Kind.PRIORITY, 0, 7, bytes(5))).hear()


def test_a_ping_is_answered() -> None:
    """With its own bytes."""
    assert [(Kind.PING, ACK, 0, b"12345678")] == Client().give(frames.frame(Kind.PING, 0, 0, b"12345678")).hear()


def test_a_header_block_may_be_cut() -> None:
    """Into HEADERS and any number of CONTINUATION."""
    client, whole = Client(), block()
    client.give(
        frames.frame(Kind.HEADERS, END_STREAM, 1, whole[:3]),
        frames.frame(Kind.CONTINUATION, 0, 1, whole[3:4]),
        frames.frame(Kind.CONTINUATION, END_HEADERS, 1, whole[4:]),
    )
    assert "/p" == client.calls[1].head.path
    assert ["half-closed"] == client.calls[1].told


@pytest.mark.parametrize("part", [b"", bytes(1000)])
def test_a_header_block_without_end_ends_the_connection(part: bytes) -> None:
    """Be its frames empty or full."""
    client = Client().give(frames.frame(Kind.HEADERS, 0, 1, b""))
    for _ in range(200):
        client.give(frames.frame(Kind.CONTINUATION, 0, 1, part))
    assert [ErrorCode.ENHANCE_YOUR_CALM] == [code for _, code in client.codes(Kind.GOAWAY)]


def test_headers_past_the_bound_are_answered_431() -> None:
    """Of one stream; the connection goes on."""
    client = Client(limits=Limits(header_list=300))
    client.give(frames.frame(Kind.HEADERS, END_HEADERS | END_STREAM, 1, block([*REQUEST, ("a", "b" * 100)])))
    assert b"431" in client.hear()[0][3]
    assert not client.connection.done


def test_numbers_only_go_up() -> None:
    """A lower number than the last was never open, and cannot be opened now (section 5.1.1)."""
    client = Client()
    client.open(5)
    client.give(frames.frame(Kind.HEADERS, END_HEADERS, 3, block()))
    assert [(5, ErrorCode.PROTOCOL_ERROR)] == client.codes(Kind.GOAWAY)


def test_past_the_bound_streams_are_refused() -> None:
    """Each by itself; there is room again when one has ended."""
    client = Client(limits=Limits(streams=1))
    call = client.open(1, flags=END_STREAM)
    client.give(frames.frame(Kind.HEADERS, END_HEADERS, 3, block()))
    assert [(3, ErrorCode.REFUSED_STREAM)] == client.codes(Kind.RST_STREAM)
    call.stream.finish()
    client.open(5)
    assert [] == client.codes(Kind.RST_STREAM)


def test_rapid_resets_end_the_connection() -> None:
    """More than the burst, and more than are forgiven in the time."""
    client = Client(limits=Limits(resets=2, resets_a_second=1.0))
    for number in (1, 3):
        client.open(number)
        client.give(frames.rst_stream(number, ErrorCode.CANCEL))
    client.now = 1.0
    client.open(5)
    client.give(frames.rst_stream(5, ErrorCode.CANCEL))
    assert [] == client.codes(Kind.GOAWAY)
    client.open(7)
    client.give(frames.rst_stream(7, ErrorCode.CANCEL))
    assert [(7, ErrorCode.ENHANCE_YOUR_CALM)] == client.codes(Kind.GOAWAY)


def test_frames_that_bring_nothing_are_borne_for_a_while() -> None:
    """Then the connection ends."""
    client = Client(limits=Limits(idle_frames=3))
    client.open(1)
    for _ in range(3):
        client.data(1, b"")
    assert [(1, ErrorCode.ENHANCE_YOUR_CALM)] == client.codes(Kind.GOAWAY)


def test_a_server_leaves_in_two_steps() -> None:
    """It asks for no more, names the last stream once that was heard, refuses later ones, and closes after the last."""
    client = Client()
    call = client.open(1, flags=END_STREAM)
    client.connection.leave()
    goaway, ping = client.hear()
    assert (2**31 - 1, ErrorCode.NO_ERROR) == (frames.word(goaway[3]), frames.word(goaway[3][4:]))
    client.open(3, flags=END_STREAM).stream.finish()
    client.hear()
    client.give(frames.frame(Kind.PING, ACK, 0, ping[3]))
    assert [(3, ErrorCode.NO_ERROR)] == client.codes(Kind.GOAWAY)
    client.give(frames.frame(Kind.HEADERS, END_HEADERS, 5, block()))
    assert [(5, ErrorCode.REFUSED_STREAM)] == client.codes(Kind.RST_STREAM)
    assert not client.connection.done
    call.stream.finish()
    assert client.connection.done


def test_a_client_that_leaves_is_let_go_after_its_last_stream() -> None:
    """Its GOAWAY ends nothing that is under way."""
    client = Client()
    call = client.open(1, flags=END_STREAM)
    client.give(frames.goaway(0, ErrorCode.NO_ERROR))
    assert not client.connection.done
    call.stream.finish()
    assert client.connection.done


def test_a_small_table_is_acknowledged_in_the_next_header_block() -> None:
    """RFC 7541, section 4.2: once, though we use none anyway."""
    client = Client()
    client.give(frames.frame(Kind.SETTINGS, 0, 0, b"\x00\x01\x00\x00\x00\x00"))
    client.hear()
    client.open(1, flags=END_STREAM).stream.send(b"a")
    assert [True, False] == [
        frame[3].startswith(b"\x20") for frame in [*client.hear(), *_finished(client)] if frame[0] == Kind.HEADERS
    ]


def _finished(client: Client) -> list[frames.Frame]:
    client.calls[1].stream.finish()
    return client.hear()


def test_the_owner_hears_once_that_there_is_something_to_send() -> None:
    """Not again before it has taken it."""
    client = Client()
    before = client.stirred
    client.give(frames.frame(Kind.PING, 0, 0, bytes(8)), frames.frame(Kind.PING, 0, 0, bytes(8)))
    assert before + 1 == client.stirred
    assert 2 == len(client.hear())
