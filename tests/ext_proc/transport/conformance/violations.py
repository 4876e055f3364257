"""What no client may send, and what each transport makes of it.

The outcomes beside a case are the standard's (RFC 9113 and 7541), which native keeps to; `PASSED_OVER` says where grpcio's
C core is more lenient. An outcome is `goaway CODE` (the connection is closed and says why), `reset CODE` (that
stream alone), `kept` (passed over) or `closed` (without a word).
"""

from collections.abc import Collection
from dataclasses import dataclass

from tests.ext_proc.transport.raw import frames as h2
from tests.ext_proc.transport.raw import headers as hd
from tests.ext_proc.transport.raw.frames import Frame, data
from tests.ext_proc.transport.raw.grpc import message
from tests.ext_proc.transport.raw.headers import headers, request, split

PROTOCOL, SIZE, FLOW, COMPRESSION = (
    f"goaway {code}" for code in (h2.PROTOCOL_ERROR, h2.FRAME_SIZE_ERROR, h2.FLOW_CONTROL_ERROR, h2.COMPRESSION_ERROR)
)
CLOSED = f"goaway {h2.STREAM_CLOSED}"
CALM = f"goaway {h2.ENHANCE_YOUR_CALM}"
STREAM_PROTOCOL, STREAM_FLOW, STREAM_CLOSED, STREAM_SIZE = (
    f"reset {code}" for code in (h2.PROTOCOL_ERROR, h2.FLOW_CONTROL_ERROR, h2.STREAM_CLOSED, h2.FRAME_SIZE_ERROR)
)
KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Violation:
    """What is sent on a greeted connection, and the outcomes that the standard allows."""

    name: str
    allowed: tuple[str, ...]
    sent: tuple[Frame | bytes, ...]


def _case(name: str, allowed: str | tuple[str, ...], *sent: Frame | bytes) -> Violation:
    return Violation(name, (allowed,) if isinstance(allowed, str) else allowed, sent)


def _block(payload: bytes, *, stream: int = 1) -> Frame:
    return Frame(h2.HEADERS, h2.END_HEADERS, stream, payload)


HEAR = message(b"hear")
OPEN = (headers(1), data(1, HEAR))
HALF = (headers(1), data(1, message(b"hold half"), end=True))

PLACES = (
    _case("DATA on stream 0", PROTOCOL, data(0, b"x")),
    _case("HEADERS on stream 0", PROTOCOL, headers(0)),
    _case("PRIORITY on stream 0", PROTOCOL, Frame(h2.PRIORITY, 0, 0, bytes(5))),
    _case("RST_STREAM on stream 0", PROTOCOL, h2.reset(0)),
    _case("SETTINGS on a stream", PROTOCOL, *OPEN, Frame(h2.SETTINGS, 0, 1)),
    _case("PING on a stream", PROTOCOL, *OPEN, Frame(h2.PING, 0, 1, bytes(8))),
    _case("GOAWAY on a stream", PROTOCOL, *OPEN, Frame(h2.GOAWAY, 0, 1, bytes(8))),
    _case("CONTINUATION on stream 0", PROTOCOL, Frame(h2.CONTINUATION, h2.END_HEADERS, 0, b"")),
    _case("PUSH_PROMISE", PROTOCOL, *OPEN, Frame(h2.PUSH_PROMISE, h2.END_HEADERS, 1, bytes(4) + hd.block(hd.REQUEST))),
    _case("an even stream", PROTOCOL, headers(2)),
    _case("an older stream", (PROTOCOL, CLOSED), headers(5), headers(3)),
    _case("the same stream again", (PROTOCOL, STREAM_PROTOCOL, STREAM_CLOSED), headers(3), headers(3)),
    _case("DATA on an idle stream", PROTOCOL, data(9, b"x")),
    _case("RST_STREAM on an idle stream", PROTOCOL, h2.reset(9)),
    _case("WINDOW_UPDATE on an idle stream", PROTOCOL, h2.window_update(9, 1)),
    _case("CONTINUATION after nothing", PROTOCOL, Frame(h2.CONTINUATION, h2.END_HEADERS, 1, b"")),
    _case("CONTINUATION after whole headers", PROTOCOL, headers(1), Frame(h2.CONTINUATION, h2.END_HEADERS, 1, b"")),
    _case("DATA within headers", PROTOCOL, split(1, hd.REQUEST, 9)[0], data(1, HEAR)),
    _case("PING within headers", PROTOCOL, split(1, hd.REQUEST, 9)[0], h2.ping()),
    _case("an unknown frame within headers", PROTOCOL, split(1, hd.REQUEST, 9)[0], Frame(0xFA, 0, 1)),
    _case("headers of another within headers", PROTOCOL, split(1, hd.REQUEST, 9)[0], headers(3)),
    _case(
        "CONTINUATION of another",
        PROTOCOL,
        split(1, hd.REQUEST, 9)[0],
        Frame(h2.CONTINUATION, h2.END_HEADERS, 3, b""),
    ),
    _case("DATA on a half-closed stream", (STREAM_CLOSED, CLOSED), *HALF, data(1, HEAR)),
    _case("HEADERS on a half-closed stream", (STREAM_CLOSED, CLOSED), *HALF, headers(1)),
    _case("trailers that end nothing", (STREAM_PROTOCOL, PROTOCOL), *OPEN, headers(1, (("a", "b"),))),
)

SIZES = (
    _case("SETTINGS of 5 bytes", SIZE, Frame(h2.SETTINGS, payload=bytes(5))),
    _case("an acknowledgement with content", SIZE, Frame(h2.SETTINGS, h2.ACK, 0, bytes(6))),
    _case("PING of 7 bytes", SIZE, h2.ping(bytes(7))),
    _case("PING of 9 bytes", SIZE, h2.ping(bytes(9))),
    _case("RST_STREAM of 3 bytes", SIZE, *OPEN, Frame(h2.RST_STREAM, 0, 1, bytes(3))),
    _case("WINDOW_UPDATE of 3 bytes", SIZE, Frame(h2.WINDOW_UPDATE, 0, 0, bytes(3))),
    _case("WINDOW_UPDATE of 5 bytes", SIZE, *OPEN, Frame(h2.WINDOW_UPDATE, 0, 1, bytes(5))),
    _case("GOAWAY of 7 bytes", SIZE, Frame(h2.GOAWAY, payload=bytes(7))),
    _case("PRIORITY of 4 bytes", (STREAM_SIZE, SIZE), *OPEN, Frame(h2.PRIORITY, 0, 1, bytes(4))),
    _case("PRIORITY of 13 bytes on an idle stream", SIZE, Frame(h2.PRIORITY, 0, 1, bytes(13))),
    _case(
        "HEADERS with half a priority", (SIZE, PROTOCOL), Frame(h2.HEADERS, h2.PRIORITISED | h2.END_HEADERS, 1, b"abc")
    ),
    _case("a long DATA frame", (SIZE, STREAM_SIZE), *OPEN, data(1, bytes(h2.FRAME + 1))),
    _case("a long HEADERS frame", SIZE, headers(1, request(x=f"{'x' * h2.FRAME}"))),
    _case("a long unknown frame", SIZE, Frame(0xFA, 0, 0, bytes(h2.FRAME + 1))),
    _case("a SETTINGS frame past the bound", SIZE, h2.settings(*[(0xFAFA, 0)] * 2731)),
    _case("DATA whose padding is all", PROTOCOL, *OPEN, Frame(h2.DATA, h2.PADDED, 1, b"\x04abc")),
    _case("DATA whose padding is more", PROTOCOL, *OPEN, Frame(h2.DATA, h2.PADDED, 1, b"\xffabc")),
    _case("DATA without its padding's length", (SIZE, PROTOCOL), *OPEN, Frame(h2.DATA, h2.PADDED, 1, b"")),
    _case(
        "HEADERS whose padding is more",
        PROTOCOL,
        Frame(h2.HEADERS, h2.PADDED | h2.END_HEADERS, 1, b"\xff" + hd.block(hd.REQUEST)),
    ),
    _case(
        "HEADERS without its padding's length", (SIZE, PROTOCOL), Frame(h2.HEADERS, h2.PADDED | h2.END_HEADERS, 1, b"")
    ),
)

VALUES = (
    _case("ENABLE_PUSH of 2", PROTOCOL, h2.settings((h2.ENABLE_PUSH, 2))),
    _case("a window of 2^31", FLOW, h2.settings((h2.INITIAL_WINDOW_SIZE, 1 << 31))),
    _case("frames of 16383", PROTOCOL, h2.settings((h2.MAX_FRAME_SIZE, h2.FRAME - 1))),
    _case("frames of 2^24", PROTOCOL, h2.settings((h2.MAX_FRAME_SIZE, 1 << 24))),
    _case("no increment of the connection", PROTOCOL, h2.window_update(0, 0)),
    _case("no increment of a stream", (STREAM_PROTOCOL, PROTOCOL), *OPEN, h2.window_update(1, 0)),
    _case("a connection's window past the bound", FLOW, h2.window_update(0, 0x7FFF_FFFF)),
    _case("a stream's window past the bound", (STREAM_FLOW, FLOW), *OPEN, h2.window_update(1, 0x7FFF_FFFF)),
    _case(
        "settings that carry a window past the bound",
        FLOW,
        *OPEN,
        h2.window_update(1, 0x7FFF_FFFF - h2.WINDOW),
        h2.settings((h2.INITIAL_WINDOW_SIZE, h2.WINDOW + 1)),
    ),
)

BLOCKS = (
    _case("an index of 0", COMPRESSION, _block(b"\x80")),
    _case("an index of nothing", COMPRESSION, _block(hd.SIZE_ZERO + b"\xff\x80\x01")),
    _case("an index without end", COMPRESSION, _block(b"\xff" + b"\xff" * 40)),
    _case("a string past the block", COMPRESSION, _block(b"\x00\x7f\x80\x01abc")),
    _case("a block that is cut", COMPRESSION, _block(hd.block(hd.REQUEST)[:-3])),
    _case("Huffman code that is none", COMPRESSION, _block(b"\x00\x84\xff\xff\xff\xff\x01a")),
    _case(
        "a table past the bound",
        COMPRESSION,
        _block(hd.integer(1 << 20, prefix=5, first=0x20) + hd.block(hd.REQUEST)[1:]),
    ),
    _case("a table's size within the block", COMPRESSION, _block(hd.block(hd.REQUEST) + b"\x20")),
)

MALFORMED = tuple(
    _case(name, (STREAM_PROTOCOL, PROTOCOL), headers(1, fields, end=True))
    for name, fields in (
        ("a name in capitals", request(X="1")),
        ("an unknown pseudo-header", request(_nothing="1")),
        ("a pseudo-header of answers", request(_status="200")),
        ("a pseudo-header after the others", (*request(_path=None), (":path", "/"))),
        ("no method", request(_method=None)),
        ("no scheme", request(_scheme=None)),
        ("no path", request(_path=None)),
        ("an empty path", request(_path="")),
        ("two methods", ((":method", "POST"), *hd.REQUEST)),
        ("a header of the connection", request(connection="keep-alive")),
        ("te with more than trailers", request(te="trailers, gzip")),
    )
)

VIOLATIONS: tuple[Violation, ...] = (*PLACES, *SIZES, *VALUES, *BLOCKS, *MALFORMED)
"""Every one of them."""

UNPADDED = ("DATA whose padding is all", "DATA whose padding is more", "DATA without its padding's length")
PASSED_OVER = frozenset(
    {
        *(f"{kind} on stream 0" for kind in ("DATA", "HEADERS", "PRIORITY", "RST_STREAM")),
        *(f"{kind} on a stream" for kind in ("PING", "GOAWAY")),
        *(f"{kind} on an idle stream" for kind in ("DATA", "RST_STREAM", "WINDOW_UPDATE")),
        *(f"{kind} on a half-closed stream" for kind in ("DATA", "HEADERS")),
        *(
            "PUSH_PROMISE",
            "an even stream",
            "an older stream",
            "PRIORITY of 4 bytes",
            "PRIORITY of 13 bytes on an idle stream",
        ),
        *(f"a long {kind} frame" for kind in ("DATA", "HEADERS", "unknown")),
        *("a SETTINGS frame past the bound", *UNPADDED, "HEADERS without its padding's length"),
        *("a connection's window past the bound", "a stream's window past the bound"),
        *("settings that carry a window past the bound", "Huffman code that is none"),
        "a table's size within the block",
        *(violation.name for violation in MALFORMED),
    }
)
"""What grpcio's C core passes over (its clients are trusted with the framing of HTTP/2)."""


def allowed(violation: Violation, transport: str) -> Collection[str]:
    """The outcomes that a transport may show; where grpcio gives a connection up, it may do so without a word."""
    if transport != "grpcio":
        return violation.allowed
    if violation.name in PASSED_OVER:
        return (KEPT, STREAM_PROTOCOL)
    return ("closed", STREAM_PROTOCOL, *violation.allowed)
