"""HTTP/2 frames made by hand (RFC 9113, 4 and 6), right or wrong as a test wants them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)

END_STREAM = ACK = 0x1
END_HEADERS = 0x4
PADDED = 0x8
PRIORITISED = 0x20

NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR, SETTINGS_TIMEOUT, STREAM_CLOSED, FRAME_SIZE_ERROR = range(
    7
)
REFUSED_STREAM, CANCEL, COMPRESSION_ERROR, CONNECT_ERROR, ENHANCE_YOUR_CALM = range(7, 12)

HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE = range(1, 6)

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
WINDOW = 65_535
FRAME = 16_384
HEAD = 9


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame; `bytes(frame)` is what goes over the wire."""

    kind: int
    flags: int = 0
    stream: int = 0
    payload: bytes = b""

    def __bytes__(self) -> bytes:
        head = len(self.payload).to_bytes(3, "big") + bytes((self.kind, self.flags))
        return head + self.stream.to_bytes(4, "big") + self.payload

    @property
    def ends(self) -> bool:
        """Whether it ends its stream."""
        return self.kind in {DATA, HEADERS} and bool(self.flags & END_STREAM)

    @property
    def code(self) -> int:
        """The error code of a RST_STREAM or a GOAWAY."""
        at = 4 if self.kind == GOAWAY else 0
        return int.from_bytes(self.payload[at : at + 4], "big")

    @property
    def number(self) -> int:
        """The first number of a payload: a GOAWAY's last stream, a WINDOW_UPDATE's increment."""
        return int.from_bytes(self.payload[:4], "big") & 0x7FFF_FFFF

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """The frame that these bytes are, head and payload."""
        return cls(raw[3], raw[4], int.from_bytes(raw[5:9], "big"), raw[9:])


def frames_of(raw: bytes) -> Iterator[Frame]:
    """Every whole frame in these bytes."""
    at = 0
    while len(raw) - at >= HEAD:
        end = at + HEAD + int.from_bytes(raw[at : at + 3], "big")
        if end > len(raw):
            return
        yield Frame.parse(raw[at:end])
        at = end


def data(stream: int, payload: bytes = b"", *, end: bool = False, padding: int | None = None) -> Frame:
    """A DATA frame, padded by so many bytes where that is said."""
    flags = END_STREAM if end else 0
    if padding is None:
        return Frame(DATA, flags, stream, payload)
    return Frame(DATA, flags | PADDED, stream, bytes((padding,)) + payload + bytes(padding))


def settings(*pairs: tuple[int, int]) -> Frame:
    """A SETTINGS frame."""
    return Frame(SETTINGS, payload=b"".join(k.to_bytes(2, "big") + v.to_bytes(4, "big") for k, v in pairs))


def window_update(stream: int, increment: int) -> Frame:
    """A WINDOW_UPDATE frame."""
    return Frame(WINDOW_UPDATE, 0, stream, increment.to_bytes(4, "big"))


def reset(stream: int, code: int = CANCEL) -> Frame:
    """A RST_STREAM frame."""
    return Frame(RST_STREAM, 0, stream, code.to_bytes(4, "big"))


def goaway(last: int = 0, code: int = NO_ERROR, debug: bytes = b"") -> Frame:
    """A GOAWAY frame."""
    return Frame(GOAWAY, payload=last.to_bytes(4, "big") + code.to_bytes(4, "big") + debug)


def ping(opaque: bytes = b"8 bytes.") -> Frame:
    """A PING frame."""
    return Frame(PING, payload=opaque)


SETTINGS_ACK = Frame(SETTINGS, ACK)


def joined(frames: Iterable[Frame | bytes]) -> bytes:
    """What these frames, and bytes that are none, are on the wire."""
    return b"".join(map(bytes, frames))
