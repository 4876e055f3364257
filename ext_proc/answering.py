"""The bytes by which Envoy is told to answer a client: a `ProcessingResponse` with an `ImmediateResponse`.

Every POST ends in one, and nearly all of it is the same each time. So it is put together from bytes that are kept, by
the field numbers of proto/ext_proc.proto; making protobuf's objects for it costs ten times as much.
"""

from functools import lru_cache

from ext_proc.reply import Headers, Reply

_KEPT = 512  # combinations of status, reason and headers

_IMMEDIATE, _STATUS, _HEADERS, _BODY, _DETAILS = b"\x3a", b"\x0a", b"\x12", b"\x1a", b"\x2a"
_CODE = b"\x08"
_OPTION, _HEADER, _KEY, _RAW_VALUE = b"\x0a", b"\x0a", b"\x0a", b"\x1a"
_OVERWRITE_AND_KEEP_EMPTY = b"\x18\x02\x20\x01"


def answer(reply: Reply) -> bytes:
    """Answers the client. `details` tells our answers from Envoy's own in its access log and error pages."""
    head, tail = _around(reply.status, reply.headers, reply.reason)
    if not reply.body:
        return b"%b%b%b%b" % (_IMMEDIATE, _varint(len(head) + len(tail)), head, tail)
    body = b"%b%b%b" % (_BODY, _varint(len(reply.body)), reply.body)
    return b"%b%b%b%b%b" % (_IMMEDIATE, _varint(len(head) + len(body) + len(tail)), head, body, tail)


@lru_cache(maxsize=_KEPT)
def _around(status: int, headers: Headers, reason: str) -> tuple[bytes, bytes]:
    """What stands before the body, and what behind it."""
    options = b"".join(_field(_OPTION, _option(name, value)) for name, value in headers)
    details = "gw_" + reason.replace("-", "_")
    head = _field(_STATUS, _CODE + _varint(status)) + _field(_HEADERS, options)
    return head, _field(_DETAILS, details.encode())


def _option(name: str, value: str) -> bytes:
    raw = value.encode()
    header = _field(_KEY, name.encode()) + (_field(_RAW_VALUE, raw) if raw else b"")
    return _field(_HEADER, header) + _OVERWRITE_AND_KEEP_EMPTY


def _field(tag: bytes, content: bytes) -> bytes:
    return tag + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    if number < 0x80:
        return _SHORT[number]
    groups = []
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    groups.append(number)
    return bytes(groups)


_SHORT = [bytes((number,)) for number in range(0x80)]
