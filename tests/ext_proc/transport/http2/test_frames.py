"""Frames are the same however their bytes arrive."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ext_proc.transport.http2 import frames
from ext_proc.transport.http2.errors import ConnectionFailed, ErrorCode
from ext_proc.transport.http2.frames import PADDED, Frame, FrameReader, Kind

FRAMES = st.lists(
    st.tuples(st.integers(0, 255), st.integers(0, 255), st.integers(0, 2**31 - 1), st.binary(max_size=64))
)


def raw(*found: Frame) -> bytes:
    """The bytes of frames, also of kinds that nobody knows."""
    return b"".join(
        len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + payload
        for kind, flags, stream, payload in found
    )


@given(FRAMES, st.data())
def test_any_split_gives_the_same_frames(found: list[Frame], data: st.DataObject) -> None:
    """Wherever the bytes are cut."""
    whole, reader, read, at = raw(*found), FrameReader(max_size=64), [], 0
    while at < len(whole):
        count = data.draw(st.integers(1, 40))
        read += list(reader.feed(whole[at : at + count]))
        at += count
    assert found == read


def test_a_frame_that_is_too_long_is_refused_by_its_header() -> None:
    """Nothing of its payload is waited for."""
    with pytest.raises(ConnectionFailed) as raised:
        list(FrameReader(max_size=64).feed(raw((0, 0, 1, bytes(65)))[:9]))
    assert raised.value.code is ErrorCode.FRAME_SIZE_ERROR


def test_the_reserved_bit_is_ignored() -> None:
    """Section 4.1."""
    reader = FrameReader(max_size=64)
    assert [(0, 0, 1, b"a")] == list(reader.feed(b"\x00\x00\x01\x00\x00\x80\x00\x00\x01a"))


def test_what_is_written_can_be_read() -> None:
    """Every frame that we send."""
    written = frames.rst_stream(3, ErrorCode.CANCEL) + frames.window_update(5, 7) + frames.goaway(9, ErrorCode.NO_ERROR)
    assert [
        (Kind.RST_STREAM, 0, 3, b"\x00\x00\x00\x08"),
        (Kind.WINDOW_UPDATE, 0, 5, b"\x00\x00\x00\x07"),
        (Kind.GOAWAY, 0, 0, b"\x00\x00\x00\x09\x00\x00\x00\x00"),
    ] == list(FrameReader(max_size=64).feed(written))


@pytest.mark.parametrize(("payload", "data"), [(b"\x02abcd", b"ab"), (b"\x00ab", b"ab"), (b"\x03abc", b"")])
def test_padding_is_taken_off(payload: bytes, data: bytes) -> None:
    """Also where there is nothing else."""
    assert data == frames.unpadded(PADDED, payload)


@pytest.mark.parametrize(
    ("payload", "code"), [(b"\x04abc", ErrorCode.PROTOCOL_ERROR), (b"", ErrorCode.FRAME_SIZE_ERROR)]
)
def test_padding_longer_than_its_frame_is_refused(payload: bytes, code: ErrorCode) -> None:
    """Section 6.1."""
    with pytest.raises(ConnectionFailed) as raised:
        frames.unpadded(PADDED, payload)
    assert raised.value.code is code
