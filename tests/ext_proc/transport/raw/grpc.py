"""gRPC's framing of messages (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md)."""

from collections.abc import Iterator

OK, CANCELLED, UNKNOWN, INVALID_ARGUMENT = "0", "1", "2", "3"
UNIMPLEMENTED, INTERNAL, UNAVAILABLE, RESOURCE_EXHAUSTED = "12", "13", "14", "8"


def message(body: bytes, *, flag: int = 0, length: int | None = None) -> bytes:
    """A message with its prefix, whose flag and length may be wrong."""
    return bytes((flag,)) + (len(body) if length is None else length).to_bytes(4, "big") + body


def messages_of(raw: bytes) -> Iterator[bytes]:
    """Every message in the data of a stream."""
    at = 0
    while at < len(raw):
        assert raw[at] == 0, "an answer is never compressed"
        end = at + 5 + int.from_bytes(raw[at + 1 : at + 5], "big")
        assert end <= len(raw), "an answer is cut"
        yield raw[at + 5 : end]
        at = end
