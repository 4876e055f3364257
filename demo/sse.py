"""Reads Server-Sent Events: bytes in, events out (https://html.spec.whatwg.org/multipage/server-sent-events.html, 9.2.6)."""

import re
from dataclasses import dataclass

from demo.errors import LineTooLong

_LINE_END = re.compile(rb"\r\n|\r|\n")
MOST_BYTES = 4 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerEvent:
    """One event. `id` is the last that was seen, as the standard has it."""

    name: str
    id: str
    data: str


class SseParser:
    """Takes a stream in pieces of any size.

    Attributes:
        last_id: What to send as `Last-Event-ID` when coming back.
        retry: Seconds to wait before that, once the server has said so.
    """

    def __init__(self, *, last_id: str = "", retry: float | None = None) -> None:
        """A parser for one connection; what an earlier one learnt may be handed on."""
        self.last_id = last_id
        self.retry = retry
        self._next_id = last_id
        self._rest = b""
        self._after_cr = False
        self._first = True
        self._name = ""
        self._data: list[str] = []

    def feed(self, piece: bytes) -> list[ServerEvent]:
        """The events that this piece completes.

        Raises:
            LineTooLong: A line does not end.
        """
        if not piece:
            return []
        skip = 1 if self._after_cr and piece.startswith(b"\n") else 0
        self._after_cr = piece.endswith(b"\r")
        *lines, self._rest = _LINE_END.split(self._rest + piece[skip:])
        if len(self._rest) > MOST_BYTES:
            raise LineTooLong(limit=MOST_BYTES)
        return [event for line in lines if (event := self._line(line)) is not None]

    def _line(self, line: bytes) -> ServerEvent | None:
        if self._first:
            line, self._first = line.removeprefix(_BOM), False
        if not line:
            return self._dispatch()
        field, _, value = line.decode("utf-8", "replace").partition(":")
        self._field(field, value.removeprefix(" "))
        return None

    def _field(self, field: str, value: str) -> None:
        if field == "data":
            self._data.append(value)
        elif field == "event":
            self._name = value
        elif field == "id" and "\0" not in value:
            self._next_id = value
        elif field == "retry" and value.isascii() and value.isdigit():
            self.retry = int(value) / 1000

    def _dispatch(self) -> ServerEvent | None:
        name, data = self._name or "message", self._data
        self._name, self._data = "", []
        # Only now: an event that is cut off after its id must come again.
        self.last_id = self._next_id
        return ServerEvent(name=name, id=self.last_id, data="\n".join(data)) if data else None
