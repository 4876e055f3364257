"""The header blocks that we send: constants, but for the reasons of errors.

None uses the dynamic table, so that a block is the same bytes on every connection (RFC 7541, section 6.2.2).
"""

from urllib.parse import quote

from ext_proc.transport.http2.status import Status

NO_TABLE = b"\x20"
"""A dynamic table size update to 0, due once before a block where the peer asks for a small table (section 4.2)."""

_STATUS_200 = b"\x88"  # index 8 of the static table (appendix A)
_PRINTABLE = "".join(map(chr, range(0x20, 0x7F))).replace("%", "")
_LENGTH_BITS = 0x7F


def _string(text: bytes) -> bytes:
    """A string literal without Huffman's code (section 5.2)."""
    length = len(text)
    if length < _LENGTH_BITS:
        return bytes((length,)) + text
    coded = bytearray((_LENGTH_BITS,))
    length -= _LENGTH_BITS
    while length > _LENGTH_BITS:
        coded.append(length & _LENGTH_BITS | 0x80)
        length >>= 7
    coded.append(length)
    return bytes(coded) + text


def _field(name: bytes, value: bytes) -> bytes:
    return b"\x00" + _string(name) + _string(value)


GRPC = _STATUS_200 + _field(b"content-type", b"application/grpc")
"""What an answer begins with."""

OK = _field(b"grpc-status", b"0")
"""The trailers of an answer that is whole."""


def trailers(status: Status, why: str) -> bytes:
    """The trailers of a call that fails; the reason is percent-encoded, as gRPC asks."""
    reason = _field(b"grpc-message", quote(why, safe=_PRINTABLE).encode()) if why else b""
    accepted = _field(b"grpc-accept-encoding", b"identity") if status is Status.UNIMPLEMENTED else b""
    return _field(b"grpc-status", str(int(status)).encode()) + reason + accepted


def plain(status: int, *more: tuple[bytes, bytes]) -> bytes:
    """The headers of an answer to what is no gRPC at all."""
    named = ((b":status", str(status).encode()), (b"content-type", b"text/plain"), *more)
    return b"".join(_field(name, value) for name, value in named)
