"""As much of HTTP/1.1 as a load generator needs: requests as bytes made beforehand, and answers split off a connection."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle

from bench.errors import AnswerUnreadable

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_REPLAYED = re.compile(rb"\r\nidempotent-replayed: *true", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
_END = b"\r\n\r\n"
_BODILESS = (b"204", b"304")

NUMBER = "{number}"
"""In the head of a request: the place of a number."""


def request(method: str, path: str, *, host: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """A whole request for a connection that stays open."""
    lines = [f"{method} {path} HTTP/1.1", f"host: {host}", *(f"{name}: {value}" for name, value in headers.items())]
    if body:
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join(lines).encode() + _END + body


def in_turn(requests: Sequence[str]) -> Iterator[bytes]:
    """The requests over and over; a number that counts up stands where they hold a place for one.

    Those that hold none are the same bytes every time.
    """
    parted = [tuple(part.encode("latin-1") for part in text.split(NUMBER)) for text in requests]
    if all(len(parts) == 1 for parts in parted):
        return cycle([parts[0] for parts in parted])
    return ((b"%d" % number).join(parts) for number, parts in enumerate(cycle(parted)))


class Answers:
    """Takes a connection's bytes in pieces of any size, and gives the statuses of the answers that they complete.

    Attributes:
        replayed: How many of them said that they are replayed.
    """

    def __init__(self) -> None:
        self._rest = b""
        self.replayed = 0

    def feed(self, piece: bytes) -> list[int]:
        """The statuses of the answers that this piece completes.

        Raises:
            AnswerUnreadable: An answer does not say where it ends.
        """
        self._rest += piece
        found = []
        while (head := self._rest.find(_END)) >= 0:
            end = self._end(head)
            if end is None or len(self._rest) < end:
                break
            found.append(int(self._rest[9:12]))
            self.replayed += _REPLAYED.search(self._rest, 0, head) is not None
            self._rest = self._rest[end:]
        return found

    def _end(self, head: int) -> int | None:
        """Where the answer ends that begins here; `None` where too little is there to say."""
        start = head + len(_END)
        if self._rest[9:12] in _BODILESS:
            return start
        if stated := _LENGTH.search(self._rest, 0, head):
            return start + int(stated[1])
        if _CHUNKED.search(self._rest, 0, head):
            return _end_of_chunks(self._rest, start)
        raise AnswerUnreadable(head=self._rest[:head].decode(errors="replace"))


def _end_of_chunks(data: bytes, at: int) -> int | None:
    """Past the last chunk (RFC 9112, 7.1); nobody measured here sends trailers."""
    while (line := data.find(b"\r\n", at)) >= 0:
        size = int(data[at:line].partition(b";")[0], 16)
        at = line + 2 + size + 2
        if not size:
            return at
    return None
