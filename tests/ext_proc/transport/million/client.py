"""A fast client: as many streams as a server can do, on one connection, some of which end badly."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from itertools import cycle
from typing import cast

from ext_proc.transport.methods import CHECK
from tests.ext_proc.transport.raw import frames as h2
from tests.ext_proc.transport.raw.frames import data
from tests.ext_proc.transport.raw.grpc import message
from tests.ext_proc.transport.raw.headers import headers, request

KINDS: tuple[tuple[str, int], ...] = (
    ("answered", 88),
    ("half-closed", 2),
    ("reset after its headers", 2),
    ("reset while held", 2),
    ("reset within a message", 2),
    ("reset after a message", 1),
    ("health", 1),
    ("unknown method", 1),
    ("malformed", 1),
)
"""What a hundred streams are."""

HALF_OPEN = 200
"""Streams of each connection that are reset only when so many later ones of their kind have come."""


_BEGUN = headers(0)

FRAMES: dict[str, bytes] = {
    "answered": h2.joined([_BEGUN, data(0, message(b"end 0123456789"))]),
    "half-closed": h2.joined([_BEGUN, data(0, message(b"end a"), end=True)]),
    "reset after its headers": h2.joined([_BEGUN]),
    "reset while held": h2.joined([_BEGUN, data(0, message(b"hold held"))]),
    "reset within a message": h2.joined([_BEGUN, data(0, message(b"end " + bytes(5000))[:3000])]),
    "reset after a message": h2.joined([_BEGUN, data(0, message(b"hear"))]),
    "health": h2.joined([headers(0, request(_path=CHECK)), data(0, message(b""), end=True)]),
    "unknown method": h2.joined([headers(0, request(_path="/no/Method")), data(0, message(b""), end=True)]),
    "malformed": h2.joined([_BEGUN, data(0, message(b"\xff"))]),
}
"""What each of them says, on stream 0."""


def _mix() -> list[str]:
    """The kinds, well mixed."""
    kinds = [kind for kind, count in KINDS for _ in range(count)]
    return [kinds[n * 37 % len(kinds)] for n in range(len(kinds))]


class Template:
    """The frames of a stream, to be numbered."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.lasting = kind.startswith("reset")
        raw = FRAMES[kind]
        self._parts: list[bytes] = []
        at = 0
        for frame in h2.frames_of(raw):
            start = at
            at += h2.HEAD + len(frame.payload)
            self._parts += [raw[start : start + 5], raw[start + h2.HEAD : at]]

    def numbered(self, stream: int) -> bytes:
        """As that stream's."""
        number = stream.to_bytes(4, "big")
        parts = self._parts
        return b"".join(part for n in range(0, len(parts), 2) for part in (parts[n], number, parts[n + 1]))


class Client(asyncio.Protocol):
    """Keeps `at_once` streams going until it is stopped; `ended` is called with each number of streams that did."""

    def __init__(self, *, at_once: int, ended: Callable[[int], None]) -> None:
        self._at_once = at_once
        self._tell = ended
        self._going = 0
        self._next = 1
        self._rest = b""
        self._templates = cycle([Template(kind) for kind in _mix()])
        self._lasting: deque[int] = deque()
        self._silent: set[int] = set()
        self.kinds: Counter[str] = Counter()
        self.answered = 0
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.stopping = False
        self.sent_away = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begins."""
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class
        window = (1 << 31) - 1 - h2.WINDOW
        self.transport.write(h2.joined([h2.PREFACE, h2.settings(), h2.window_update(0, window), h2.SETTINGS_ACK]))
        self._fill()

    def connection_lost(self, exc: Exception | None) -> None:
        """Says so; the server may not do that first."""
        if not self.gone.done():
            self.gone.set_result(None)

    def data_received(self, data: bytes) -> None:
        """Counts the streams that ended, and begins as many."""
        data = self._rest + data
        at, ended, size = 0, 0, len(data)
        while size - at >= h2.HEAD:
            end = at + h2.HEAD + int.from_bytes(data[at : at + 3], "big")
            if end > size:
                break
            kind = data[at + 3]
            if kind == h2.HEADERS and data[at + 4] & h2.END_STREAM:
                ended += 1
            elif kind == h2.GOAWAY and not self.stopping:
                self.sent_away = data[at + h2.HEAD : end]
                self.transport.abort()
                return
            at = end
        self._rest = data[at:]
        self.answered += ended
        self._ended(ended)

    def _ended(self, count: int) -> None:
        self._going -= count
        if count:
            self._tell(count)
        if not self.stopping:
            self._fill()

    def _fill(self) -> None:
        out: list[bytes] = []
        while self._going < self._at_once:
            template = next(self._templates)
            out.append(template.numbered(self._next))
            self.kinds[template.kind] += 1
            if template.lasting:
                self._last(out)
            else:
                self._going += 1
            self._next += 2
        if out:
            self.transport.write(b"".join(out))

    def _last(self, out: list[bytes]) -> None:
        """A stream that stays, for a while; an old one is reset in its place."""
        self._lasting.append(self._next)
        if len(self._lasting) > HALF_OPEN:
            out.append(bytes(h2.reset(self._lasting.popleft())))
            self._tell(1)

    def finish(self) -> None:
        """Begins no more, and resets what stays."""
        self.stopping = True
        self.transport.write(h2.joined(h2.reset(stream) for stream in self._lasting))
