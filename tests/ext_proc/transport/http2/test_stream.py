"""A stream's messages, answers and windows."""

import pytest

from ext_proc.transport.http2 import frames
from ext_proc.transport.http2.errors import ErrorCode
from ext_proc.transport.http2.frames import END_HEADERS, END_STREAM, PADDED, Kind
from ext_proc.transport.http2.limits import Limits
from ext_proc.transport.http2.messages import prefixed
from ext_proc.transport.http2.status import Status
from tests.ext_proc.transport.http2.client import REQUEST, Client, block


def initial_window(size: int) -> bytes:
    """SETTINGS of a client that gives each stream so much room."""
    return frames.frame(Kind.SETTINGS, 0, 0, b"\x00\x04" + size.to_bytes(4, "big"))


def test_an_answer_ends_its_stream() -> None:
    """Headers, the message, trailers."""
    client = Client()
    call = client.open(1)
    client.message(1, b"question", last=True)
    call.stream.send(b"answer")
    call.stream.finish()
    headers, data, trailers = client.hear()
    assert [b"question"] == call.messages
    assert (Kind.HEADERS, END_HEADERS) == headers[:2]
    assert (Kind.DATA, 0, 1, prefixed(b"answer")) == data
    assert (Kind.HEADERS, END_HEADERS | END_STREAM) == trailers[:2]
    assert b"grpc-status\x010" in trailers[3]
    assert 0 == client.connection.streams


def test_an_answer_before_the_end_of_its_request_asks_the_client_to_stop() -> None:
    """Section 8.1: with NO_ERROR; what it had sent by then is passed over."""
    client = Client()
    client.open(1).stream.finish()
    assert [(1, ErrorCode.NO_ERROR)] == client.codes(Kind.RST_STREAM)
    assert [] == client.message(1, b"late", last=True).hear()


def test_an_error_without_an_answer_is_trailers_only() -> None:
    """One frame, with the reason percent-encoded."""
    client = Client()
    client.open(1, flags=END_STREAM).stream.finish(Status.INTERNAL, "50 % of \N{EM DASH}")
    (trailers,) = client.hear()
    assert (Kind.HEADERS, END_HEADERS | END_STREAM) == trailers[:2]
    assert b"grpc-status\x0213" in trailers[3]
    assert b"50 %25 of %E2%80%94" in trailers[3]


def test_a_long_reason_is_said_whole() -> None:
    """Its length takes more than one byte (RFC 7541, section 5.1)."""
    client = Client()
    client.open(1, flags=END_STREAM).stream.finish(Status.INTERNAL, "x" * 300)
    block_ = client.hear()[0][3]
    assert b"\x0cgrpc-message\x7f\xad\x01" + b"x" * 300 in block_


def test_nothing_is_said_after_the_end() -> None:
    """Whoever says it."""
    client = Client()
    stream = client.open(1, flags=END_STREAM).stream
    stream.finish()
    client.hear()
    stream.send(b"a")
    stream.finish(Status.INTERNAL)
    assert [] == client.hear()


def test_a_reset_tells_the_call() -> None:
    """Once; nothing can be said any more."""
    client = Client()
    call = client.open(1)
    client.give(frames.rst_stream(1, ErrorCode.CANCEL), frames.rst_stream(1, ErrorCode.CANCEL))
    call.stream.send(b"a")
    assert ["gone"] == call.told
    assert [] == client.hear()


def test_an_end_within_a_message_is_an_error() -> None:
    """INTERNAL, and the call hears that it is over."""
    client = Client()
    call = client.open(1)
    client.data(1, b"\x00\x00\x00\x00\x05ab", last=True)
    assert b"grpc-status\x0213" in client.hear()[0][3]
    assert ["gone"] == call.told


def test_a_compressed_message_is_unimplemented() -> None:
    """And the client is told what is taken."""
    client = Client()
    client.open(1)
    client.data(1, b"\x01\x00\x00\x00\x00", last=True)
    assert b"grpc-status\x0212" in (said := client.hear()[0][3])
    assert b"grpc-accept-encoding\x08identity" in said


@pytest.mark.parametrize(
    ("pieces", "code"),
    [
        ((frames.frame(Kind.DATA, END_STREAM, 1, b""), frames.frame(Kind.DATA, 0, 1, b"")), ErrorCode.STREAM_CLOSED),
        (
            (frames.frame(Kind.DATA, END_STREAM, 1, b""), frames.frame(Kind.HEADERS, END_HEADERS, 1, block())),
            ErrorCode.STREAM_CLOSED,
        ),
        ((frames.frame(Kind.HEADERS, END_HEADERS, 1, b""),), ErrorCode.PROTOCOL_ERROR),
        ((frames.frame(Kind.HEADERS, END_HEADERS | END_STREAM, 1, block()),), ErrorCode.PROTOCOL_ERROR),
        ((frames.window_update(1, 0),), ErrorCode.PROTOCOL_ERROR),
        ((frames.window_update(1, 2**31 - 1),), ErrorCode.FLOW_CONTROL_ERROR),
        ((frames.frame(Kind.DATA, 0, 1, bytes(9)),), ErrorCode.FLOW_CONTROL_ERROR),
    ],
)
def test_a_violation_of_one_stream_resets_it(pieces: tuple[bytes, ...], code: ErrorCode) -> None:
    """And no other."""
    client = Client(limits=Limits(stream_window=8))
    call, other = client.open(1), client.open(3)
    client.give(*pieces)
    assert [(1, code)] == client.codes(Kind.RST_STREAM)
    assert "gone" == call.told[-1]
    assert [] == other.told
    assert not client.connection.done


@pytest.mark.parametrize(("length", "sent"), [("3", b"\x00\x00\x00\x00\x00"), ("9", b"\x00\x00\x00\x00\x00")])
def test_a_stated_length_is_kept(length: str, sent: bytes) -> None:
    """Neither more nor less (section 8.1.1)."""
    client = Client()
    client.open(1, fields=[*REQUEST, ("content-length", length)])
    client.data(1, sent, last=True)
    assert [(1, ErrorCode.PROTOCOL_ERROR)] == client.codes(Kind.RST_STREAM)


def test_trailers_end_the_clients_half() -> None:
    """What they say is nobody's business."""
    client = Client()
    call = client.open(1)
    client.give(frames.frame(Kind.HEADERS, END_HEADERS | END_STREAM, 1, block([("a", "b")])))
    assert ["half-closed"] == call.told


def test_windows_hold_an_answer_back() -> None:
    """The stream's, which may be below nothing; the call hears when all has gone."""
    client = Client().give(initial_window(4))
    call = client.open(1, flags=END_STREAM)
    client.hear()
    call.stream.send(b"12345")
    assert call.stream.held_back
    assert [b"\x00\x00\x00\x00"] == [frame[3] for frame in client.hear() if frame[0] == Kind.DATA]
    client.give(initial_window(0), frames.window_update(1, 5))
    assert [b"\x05"] == [frame[3] for frame in client.hear() if frame[0] == Kind.DATA]
    client.give(initial_window(100))
    assert [b"12345"] == [frame[3] for frame in client.hear() if frame[0] == Kind.DATA]
    assert "sent" == call.told[-1]


def test_trailers_wait_for_the_data_before_them() -> None:
    """They are not under flow control, and still in order."""
    client = Client().give(initial_window(0))
    stream = client.open(1, flags=END_STREAM).stream
    stream.send(b"a")
    stream.finish()
    client.hear()
    kinds = [frame[0] for frame in client.give(frames.window_update(1, 10)).hear()]
    assert [Kind.DATA, Kind.HEADERS] == kinds


def test_the_connections_window_is_shared() -> None:
    """Those who wait for it have their turns."""
    client = Client().give(initial_window(2**20))
    streams = [client.open(number, flags=END_STREAM).stream for number in (1, 3)]
    for stream in streams:
        stream.send(bytes(40_000))
        stream.finish()
    assert 65_535 == sum(len(frame[3]) for frame in client.hear() if frame[0] == Kind.DATA)
    client.give(frames.window_update(0, 2**20))
    client.hear()
    assert [1, 3] == sorted(frame[2] for frame in client.said if frame[0] == Kind.HEADERS and frame[1] & END_STREAM)


def test_frames_are_as_long_as_the_client_allows() -> None:
    """16 KiB, unless it says otherwise (section 4.2)."""
    client = Client()
    stream = client.open(1, flags=END_STREAM).stream
    stream.send(bytes(20_000))
    assert [16_384, 3_621] == [len(frame[3]) for frame in client.hear() if frame[0] == Kind.DATA]


def test_what_is_taken_is_given_back() -> None:
    """Padding counts; a message that the call only keeps does not come back before it says so."""
    client = Client(limits=Limits(stream_window=100))
    call = client.open(1)
    client.give(frames.frame(Kind.DATA, PADDED, 1, bytes([30]) + prefixed(bytes(20)) + bytes(30)))
    assert (Kind.WINDOW_UPDATE, 0, 1, (56).to_bytes(4, "big")) in client.hear()
    call.takes = False
    client.message(1, bytes(60))
    assert [] == client.hear()
    call.stream.taken()
    assert [(1, 65)] == client.codes(Kind.WINDOW_UPDATE)


def test_room_is_for_all_streams_together() -> None:
    """Whoever asks for more than is left is refused; what a stream held is free again when it is over."""
    client = Client(limits=Limits(room=100))
    client.open(1)
    client.data(1, b"\x00\x00\x00\x01\x00" + bytes(90))
    client.open(3)
    client.data(3, b"\x00\x00\x00\x01\x00" + bytes(10))
    assert [b"\x0bgrpc-status\x018" in frame[3] for frame in client.hear() if frame[0] == Kind.HEADERS] == [True]
    client.give(frames.rst_stream(1, ErrorCode.CANCEL))
    client.open(5)
    client.data(5, b"\x00\x00\x00\x01\x00" + bytes(90))
    assert [] == client.hear()


def test_an_answer_that_finds_no_room_is_given_up() -> None:
    """A client that opens no window cannot make us keep more than there is room for."""
    client = Client(limits=Limits(room=100)).give(initial_window(0))
    call = client.open(1, flags=END_STREAM)
    call.stream.send(bytes(200))
    assert b"\x0bgrpc-status\x018" in client.hear()[-1][3]
    assert 0 == client.connection.streams
