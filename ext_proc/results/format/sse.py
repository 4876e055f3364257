"""Server-Sent Events as bytes (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import ClassVar

from ext_proc.results.format.frame import HEADERS

MESSAGE = "message"  # what EventSource calls an event without a name

_LINE_END = re.compile(rb"\r\n|\r|\n")
_UNSAFE = re.compile(r"[\r\n\0]")


class Sse:
    """As `Format`. Where events are not `named`, all are what EventSource calls `message`."""

    headers: ClassVar[Mapping[str, str]] = {"content-type": "text/event-stream; charset=utf-8", **HEADERS}
    ping: ClassVar[bytes] = b": ping\n\n"
    end: ClassVar[bytes] = b"\n\n"

    def __init__(self, *, named: bool) -> None:
        self._named = named

    def begin(self, retry: float) -> bytes:
        """How long the client is to wait before it comes back. It belongs to the block of what follows, which has an id.

        A block of its own would be an id of its own to whoever parses by the letter: an empty one, as each connection
        begins with; or that of an event which the last connection brought in part. Cut there, a client would come back with it.
        """
        return b"retry: %d\n" % round(retry * 1000)

    def place(self, id: str) -> bytes:  # noqa: A002 - the field's name in the format
        """As `Format`."""
        return b"id: %s\n" % id.encode()

    def name(self, event: str) -> bytes:
        """As `Format`; nothing in a name can start another field."""
        return _name(event if self._named else MESSAGE)

    def own_name(self, event: str) -> bytes:
        """As `Format`."""
        return _name(event)

    def data(self, value: bytes) -> bytes:
        """As `Format`: several lines become several fields, which the client joins again."""
        return _LINE_END.sub(b"\ndata: ", value) if b"\n" in value or b"\r" in value else value

    def mark(self, id: str) -> bytes:  # noqa: A002 - as above
        """As `Format`: EventSource notes an id that comes without data, and dispatches nothing."""
        return b"id: %s\n\n" % id.encode()


@lru_cache(maxsize=64)
def _name(event: str) -> bytes:
    text = _UNSAFE.sub("", event)
    return b"data: " if text in {"", MESSAGE} else b"event: %s\ndata: " % text.encode()


NAMED, UNNAMED = Sse(named=True), Sse(named=False)
