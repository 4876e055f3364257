"""Header blocks made by hand (RFC 7541): literals only, so that each stands alone whatever the peer's table is."""

from collections.abc import Iterable
from itertools import pairwise

from ext_proc.transport.methods import PROCESS
from tests.ext_proc.transport.raw.frames import CONTINUATION, END_HEADERS, END_STREAM, HEADERS, PADDED, Frame

type_ = ("content-type", "application/grpc")
Fields = Iterable[tuple[str, str]]

SIZE_ZERO = b"\x20"
"""A dynamic table size update to 0, which is always allowed at the start of a block."""

REQUEST: tuple[tuple[str, str], ...] = (
    (":method", "POST"),
    (":scheme", "http"),
    (":path", PROCESS),
    (":authority", "sluice"),
    type_,
    ("te", "trailers"),
)
"""The header of a call, as Envoy sends it."""


def integer(value: int, *, prefix: int, first: int = 0) -> bytes:
    """An integer with a prefix of so many bits (RFC 7541, 5.1)."""
    limit = (1 << prefix) - 1
    if value < limit:
        return bytes((first | value,))
    out, rest = [first | limit], value - limit
    while rest >= 0x80:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes((*out, rest))


def text(value: str) -> bytes:
    """A string, without Huffman coding."""
    raw = value.encode("latin-1")
    return integer(len(raw), prefix=7) + raw


def block(fields: Fields) -> bytes:
    """A header block of literals that no table keeps."""
    return SIZE_ZERO + b"".join(b"\x00" + text(name) + text(value) for name, value in fields)


def request(**changed: str | None) -> tuple[tuple[str, str], ...]:
    """The header of a call, with some fields changed, added or (`None`) left out; `_` stands for `:` and for `-`."""
    names = {_name(name): value for name, value in changed.items()}
    kept = [(name, names.pop(name, value)) for name, value in REQUEST]
    return tuple((name, value) for name, value in (*kept, *names.items()) if value is not None)


def _name(keyword: str) -> str:
    return f":{keyword[1:]}" if keyword.startswith("_") else keyword.replace("_", "-")


def headers(
    stream: int, fields: Fields = REQUEST, *, end: bool = False, whole: bool = True, padding: int | None = None
) -> Frame:
    """A HEADERS frame; not `whole`, its CONTINUATION is to come."""
    payload = block(fields)
    flags = (END_STREAM if end else 0) | (END_HEADERS if whole else 0)
    if padding is None:
        return Frame(HEADERS, flags, stream, payload)
    return Frame(HEADERS, flags | PADDED, stream, bytes((padding,)) + payload + bytes(padding))


def split(stream: int, fields: Fields, *cuts: int, end: bool = False) -> list[Frame]:
    """A header block that is cut at these bytes into HEADERS and CONTINUATIONs."""
    whole = block(fields)
    edges = [0, *cuts, len(whole)]
    parts = [whole[a:b] for a, b in pairwise(edges)]
    frames = [Frame(CONTINUATION if n else HEADERS, 0, stream, part) for n, part in enumerate(parts)]
    frames[0] = Frame(HEADERS, END_STREAM if end else 0, stream, parts[0])
    last = frames[-1]
    return [*frames[:-1], Frame(last.kind, last.flags | END_HEADERS, stream, last.payload)]
