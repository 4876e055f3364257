"""Frames as bytes (RFC 9113, sections 4 and 6): a reader over any split of the input, and what is written."""

import struct
from collections.abc import Iterator
from enum import IntEnum

from ext_proc.transport.http2.errors import ConnectionFailed, ErrorCode

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
"""What a client begins with (section 3.4)."""

HEADER_SIZE = 9
STREAM_MASK = 0x7FFFFFFF
"""Of a stream's number or a window's increment; the bit above it is reserved and ignored."""

Frame = tuple[int, int, int, bytes]
"""Kind, flags, stream and payload; a plain tuple, for there are four of them to a request."""

_HEADER = struct.Struct(">BHBBL")
_WORD = struct.Struct(">L")
_GOAWAY = struct.Struct(">LL")


class Kind(IntEnum):
    """Section 6. Others exist, and are ignored (section 5.5)."""

    DATA = 0x0
    HEADERS = 0x1
    PRIORITY = 0x2
    RST_STREAM = 0x3
    SETTINGS = 0x4
    PUSH_PROMISE = 0x5
    PING = 0x6
    GOAWAY = 0x7
    WINDOW_UPDATE = 0x8
    CONTINUATION = 0x9


ACK = 0x1
END_STREAM = 0x1
END_HEADERS = 0x4
PADDED = 0x8
PRIORITIZED = 0x20


class FrameReader:
    """Cuts bytes into frames, however they arrive. Holds at most one frame and one read."""

    def __init__(self, *, max_size: int) -> None:
        self._max_size = max_size
        self._rest = bytearray()
        self._needed = HEADER_SIZE

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that are whole now.

        Raises:
            ConnectionFailed: A frame is longer than we allow (section 4.2); said before its payload is here.
        """
        if self._rest:
            self._rest += data
            if len(self._rest) < self._needed:
                return
            data = bytes(self._rest)
            self._rest.clear()
        at, size = 0, len(data)
        self._needed = HEADER_SIZE
        while size - at >= HEADER_SIZE:
            high, low, kind, flags, stream = _HEADER.unpack_from(data, at)
            length = high << 16 | low
            if length > self._max_size:
                raise ConnectionFailed(ErrorCode.FRAME_SIZE_ERROR, f"a frame of {length} bytes")
            end = at + HEADER_SIZE + length
            if end > size:
                self._needed = HEADER_SIZE + length
                break
            yield kind, flags, stream & STREAM_MASK, data[at + HEADER_SIZE : end]
            at = end
        if at < size:
            self._rest += data[at:]


def header(kind: Kind, flags: int, stream: int, length: int) -> bytes:
    """The nine bytes before a payload (section 4.1)."""
    return _HEADER.pack(length >> 16, length & 0xFFFF, kind, flags, stream)


def frame(kind: Kind, flags: int, stream: int, payload: bytes) -> bytes:
    """A whole frame."""
    return header(kind, flags, stream, len(payload)) + payload


def rst_stream(stream: int, code: ErrorCode) -> bytes:
    """Section 6.4."""
    return header(Kind.RST_STREAM, 0, stream, 4) + _WORD.pack(code)


def window_update(stream: int, increment: int) -> bytes:
    """Section 6.9."""
    return header(Kind.WINDOW_UPDATE, 0, stream, 4) + _WORD.pack(increment)


def goaway(last_stream: int, code: ErrorCode, why: str = "") -> bytes:
    """Section 6.8; `why` is for whoever looks at the bytes."""
    return frame(Kind.GOAWAY, 0, 0, _GOAWAY.pack(last_stream, code) + why.encode("ascii", "replace"))


def word(payload: bytes) -> int:
    """The number that a WINDOW_UPDATE or a PRIORITY begins with, without its reserved bit."""
    value: int = _WORD.unpack_from(payload)[0]
    return value & STREAM_MASK


def unpadded(flags: int, payload: bytes) -> bytes:
    """The payload of DATA or HEADERS without its padding (section 6.1).

    Raises:
        ConnectionFailed: The padding is longer than the frame.
    """
    if not flags & PADDED:
        return payload
    if not payload:
        raise ConnectionFailed(ErrorCode.FRAME_SIZE_ERROR, "a padded frame without the length of its padding")
    if payload[0] >= len(payload):
        raise ConnectionFailed(ErrorCode.PROTOCOL_ERROR, "more padding than payload")
    return payload[1 : len(payload) - payload[0]]
