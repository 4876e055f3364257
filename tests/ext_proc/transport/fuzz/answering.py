"""What answers the streams of a fuzzed connection: at once, later or never, little or much, as the messages say."""

from collections import deque

from ext_proc.transport.http2.headers import Head
from ext_proc.transport.http2.status import Status
from ext_proc.transport.http2.stream import ServerStream

MANY = 20_000
"""Bytes of each answer to `many`, three of which pass a window."""


class Answering:
    """All calls of one connection; it keeps what is held."""

    def __init__(self) -> None:
        self.held: deque[FuzzedCall] = deque()
        self.open: set[int] = set()

    def begin(self, stream: ServerStream, head: Head) -> "FuzzedCall":
        """A new stream's call."""
        assert stream.number not in self.open, "a stream began twice"
        self.open.add(stream.number)
        return FuzzedCall(stream, self)

    def release(self) -> None:
        """Lets the longest-held call go on."""
        if self.held:
            self.held.popleft().release()


class FuzzedCall:
    """One stream; after it has gone nothing more may be heard of it."""

    def __init__(self, stream: ServerStream, answering: Answering) -> None:
        self._stream = stream
        self._answering = answering
        self._kept: deque[bytes] = deque()
        self._held = False
        self._gone = False
        self._closed = False
        self._done = False

    def message(self, message: bytes) -> bool:
        """Takes a message, or keeps it while one is held."""
        assert not self._gone, "a message after the stream had gone"
        assert not self._closed, "a message after its end"
        self._kept.append(message)
        self._work()
        return not self._kept

    def half_closed(self) -> None:
        """Ends what has not ended, once nothing is held."""
        assert not self._gone
        assert not self._closed, "a half was closed twice"
        self._closed = True
        self._work()

    def gone(self) -> None:
        """Nothing is to be done any more; it may be said more than once."""
        self._gone = True
        self._kept.clear()
        if self in self._answering.held:
            self._answering.held.remove(self)

    def sent(self) -> None:
        """There is room again."""
        assert not self._gone

    def release(self) -> None:
        """What the held message waited for has come."""
        self._held = False
        self._reply(self._kept.popleft()[4:], ends=True)
        self._work()
        if not self._kept:
            self._stream.taken()

    def _work(self) -> None:
        while self._kept and not self._held:
            if self._kept[0].startswith(b"hold") and not self._done:
                self._held = True
                self._answering.held.append(self)
                return
            self._do(self._kept.popleft())
        if self._closed and not self._held and not self._done:
            self._done = True
            self._stream.finish()

    def _do(self, message: bytes) -> None:
        verb, rest = message[:4], message[4:]
        if self._done:
            return
        if verb == b"many":
            for _ in range(3):
                self._stream.send(b"m" * MANY)
            self._finish()
        elif verb in {b"say ", b"end "}:
            self._reply(rest, ends=verb == b"end ")
        elif verb != b"hear":
            self._done = True
            self._stream.finish(Status.INVALID_ARGUMENT, "as told: 100% \n")

    def _reply(self, body: bytes, *, ends: bool) -> None:
        if not self._done:
            self._stream.send(body)
            if ends:
                self._finish()

    def _finish(self) -> None:
        self._done = True
        self._stream.finish()
