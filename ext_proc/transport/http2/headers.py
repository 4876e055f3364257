"""Header blocks as the requests that they are (RFC 9113, section 8; RFC 7541)."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from hpack import Decoder, HPACKError, OversizedHeaderListError

from ext_proc.transport.http2.errors import ConnectionFailed, ErrorCode
from runtime.tracing.context import TraceContext, parsed

_KEPT_BLOCKS = 1024
_LONGEST_KEPT = 1024

_PSEUDO = frozenset((b":method", b":scheme", b":path", b":authority"))
_NEEDED = frozenset((b":method", b":scheme", b":path"))
_OF_A_CONNECTION = frozenset((b"connection", b"proxy-connection", b"keep-alive", b"transfer-encoding", b"upgrade"))

# Section 8.2.1: what no name, and what no value, may hold.
_BAD_NAME = re.compile(rb"[\x00-\x20A-Z\x7f-\xff:]")
_BAD_VALUE = re.compile(rb"[\x00\n\r]|^[ \t]|[ \t]$")

Fields = Iterable[tuple[bytes, bytes]]


class MalformedRequest(Exception):
    """The block can be read, and is no request (section 8.1.1): an error of the stream."""


class TooLarge(Exception):
    """The headers are more than we take (section 10.5.1), and were thrown away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a request says of itself, as far as anybody asks here."""

    method: str
    path: str
    content_type: str
    length: int | None = None
    trace: TraceContext | None = None


class HeaderBlocks:
    """Reads the header blocks of one connection, in their order.

    Until the peer has acknowledged our table size of 0, a block may speak of earlier ones; after that each stands alone,
    and one that has been seen before, on any connection, is not unpacked again.
    """

    __slots__ = ("_alone", "_max_list", "_table")

    def __init__(self, *, max_list: int) -> None:
        self._max_list = max_list
        self._table: Any = Decoder(max_header_list_size=max_list)
        self._alone = False

    def stand_alone(self) -> None:
        """The peer has acknowledged our settings."""
        self._alone = True
        self._table = None

    def request(self, block: bytes) -> Head:
        """The head of a request.

        Raises:
            MalformedRequest: It is none.
            TooLarge: It is too long a list.
            ConnectionFailed: The block cannot be read, so that no later one could be.
        """
        if self._alone and len(block) <= _LONGEST_KEPT:
            return _known(block, self._max_list)
        return head(self._fields(block))

    def trailers(self, block: bytes) -> None:
        """Checks the trailers of a request; nobody asks what they say.

        Raises:
            MalformedRequest: They are not what trailers may be.
            TooLarge: As above.
            ConnectionFailed: As above.
        """
        for name, value in self._fields(block):
            _check(name, value)

    def _fields(self, block: bytes) -> Fields:
        if self._alone:
            return _alone(block, self._max_list)
        try:
            return _unpacked(self._table.decode, block)
        except TooLarge as error:  # the table is now out of step with the peer's
            raise ConnectionFailed(ErrorCode.ENHANCE_YOUR_CALM, "too many headers") from error


@lru_cache(maxsize=_KEPT_BLOCKS)
def _known(block: bytes, max_list: int) -> Head:
    return head(_alone(block, max_list))


def _alone(block: bytes, max_list: int) -> Fields:
    decoder = Decoder(max_header_list_size=max_list)
    decoder.header_table_size = decoder.max_allowed_table_size = 0
    return _unpacked(decoder.decode, block)


def _unpacked(decode: Callable[..., Any], block: bytes) -> Fields:
    try:
        fields: Fields = decode(block, raw=True)
    except OversizedHeaderListError as error:
        raise TooLarge from error
    except (HPACKError, IndexError, ValueError) as error:
        raise ConnectionFailed(ErrorCode.COMPRESSION_ERROR, "a header block cannot be read") from error
    return fields


def head(fields: Fields) -> Head:
    """A request's head.

    Raises:
        MalformedRequest: A field or the lack of one makes it none (sections 8.2 and 8.3).
    """
    pseudo: dict[bytes, bytes] = {}
    regular: dict[bytes, bytes] = {}
    for name, value in fields:
        if not name.startswith(b":"):
            _check(name, value)
            if name == b"content-length" and regular.get(name, value) != value:
                raise MalformedRequest("two lengths")
            regular[name] = value
        elif regular or name not in _PSEUDO or name in pseudo or _BAD_VALUE.search(value):
            raise MalformedRequest("a pseudo-header that is unknown, out of place or said twice")
        else:
            pseudo[name] = value
    if not pseudo.keys() >= _NEEDED or not pseudo[b":path"]:
        raise MalformedRequest("no method, scheme or path")
    return Head(
        method=pseudo[b":method"].decode("latin-1"),
        path=pseudo[b":path"].decode("latin-1"),
        content_type=regular.get(b"content-type", b"").decode("latin-1"),
        length=_length(regular.get(b"content-length")),
        trace=_trace(regular),
    )


def _check(name: bytes, value: bytes) -> None:
    if not name or _BAD_NAME.search(name) or _BAD_VALUE.search(value):
        raise MalformedRequest("a field's name or value has forbidden characters")
    if name in _OF_A_CONNECTION or (name == b"te" and value.lower() != b"trailers"):
        raise MalformedRequest("a field of HTTP/1.1 connections")


def _trace(regular: dict[bytes, bytes]) -> TraceContext | None:
    """Only a peer that traces says which of its spans this is, and then each block is another."""
    given = regular.get(b"traceparent")
    if given is None:
        return None
    return parsed(given.decode("latin-1"), regular.get(b"tracestate", b"").decode("latin-1"))


def _length(value: bytes | None) -> int | None:
    if value is None:
        return None
    if not value.isdigit():
        raise MalformedRequest("a length that is no number")
    return int(value[:20])
