"""The streams of a connection: which are open, which were, and what a frame for any other means (RFC 9113, section 5.1)."""

from collections.abc import Callable, Iterator

from ext_proc.transport.http2 import frames
from ext_proc.transport.http2.call import Call
from ext_proc.transport.http2.errors import ConnectionFailed, ErrorCode, StreamFailed
from ext_proc.transport.http2.headers import Head
from ext_proc.transport.http2.limits import Limits
from ext_proc.transport.http2.outbox import Outbox
from ext_proc.transport.http2.patience import Patience
from ext_proc.transport.http2.room import Room
from ext_proc.transport.http2.stream import ServerStream
from ext_proc.transport.http2.windows import MAX_WINDOW

Answer = Callable[[ServerStream, Head], Call | None]
"""Begins the call of a stream that was opened, or answers it at once."""

_REMEMBERED = 1024


class Streams:
    """The table of one connection. Of closed streams it remembers the last thousand or two, so that it stays small."""

    def __init__(self, *, outbox: Outbox, limits: Limits, room: Room, answer: Answer, resets: Patience) -> None:
        self.last = 0
        """The highest number that the client has used."""
        self.refusing = False
        """No new ones are taken: our GOAWAY has named the last one."""
        self._outbox = outbox
        self._limits = limits
        self._room = room
        self._answer = answer
        self._resets = resets
        self._open: dict[int, ServerStream] = {}
        # Whether we closed it while the client might still be sending; in two generations, so that old ones fall away.
        self._closed: dict[int, bool] = {}
        self._closed_before: dict[int, bool] = {}

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[ServerStream]:
        return iter(list(self._open.values()))

    def get(self, number: int) -> ServerStream | None:
        """The stream, if it is open."""
        return self._open.get(number)

    def begins(self, number: int) -> bool:
        """Whether HEADERS for this stream begin it; false where they are trailers, or late.

        Raises:
            StreamFailed: The client had ended it.
            ConnectionFailed: The client may not use this number (section 5.1.1).
        """
        if number in self._open:
            return False
        if not number % 2:
            raise ConnectionFailed(ErrorCode.PROTOCOL_ERROR, f"stream {number} is not for a client to open")
        if number > self.last:
            return True
        if (ours := self._how_closed(number)) is None:
            raise ConnectionFailed(ErrorCode.PROTOCOL_ERROR, f"stream {number} after {self.last}")
        if not ours:
            raise ConnectionFailed(ErrorCode.STREAM_CLOSED, f"HEADERS on stream {number}, which is closed")
        return False

    def open(self, number: int, head: Head, *, ended: bool) -> None:
        """A new stream begins.

        Raises:
            StreamFailed: There are too many, or we are about to leave; nothing of it was done (section 8.7).
        """
        if self.refusing:
            raise StreamFailed(number, ErrorCode.REFUSED_STREAM, "leaving")
        if len(self._open) >= self._limits.streams:
            raise StreamFailed(number, ErrorCode.REFUSED_STREAM, "too many streams")
        if ended and head.length:
            raise StreamFailed(number, ErrorCode.PROTOCOL_ERROR, "less than its content-length")
        stream = self.silent(number, expected=head.length, ended=ended)
        stream.call = self._answer(stream, head)
        if ended:
            stream.half_closed()

    def silent(self, number: int, *, expected: int | None = None, ended: bool = False) -> ServerStream:
        """A new stream that no call answers."""
        stream = self._open[number] = ServerStream(
            number,
            outbox=self._outbox,
            limits=self._limits,
            room=self._room,
            expected=expected,
            closed=self._answered,
        )
        stream.ended = ended
        return stream

    def late(self, number: int, what: str) -> None:
        """A frame for a stream that is not open: passed over where the client could not know better.

        Raises:
            StreamFailed: It has ended the stream itself.
            ConnectionFailed: It never opened it.
        """
        if number > self.last or not number % 2:
            raise ConnectionFailed(ErrorCode.PROTOCOL_ERROR, f"{what} on stream {number}, which is idle")
        if self._how_closed(number) is False:
            raise StreamFailed(number, ErrorCode.STREAM_CLOSED, f"{what} after its end")

    def reset(self, number: int) -> None:
        """The client gives a stream up.

        Raises:
            ConnectionFailed: It has never opened it, or gives up too many too quickly.
        """
        stream = self._open.pop(number, None)
        if stream is None:
            if number > self.last or not number % 2:
                raise ConnectionFailed(ErrorCode.PROTOCOL_ERROR, f"RST_STREAM on stream {number}, which is idle")
            return
        self._remember(number, ours=False)
        self._outbox.forget(number)
        stream.gone()
        self._resets.spend()

    def fail(self, error: StreamFailed) -> None:
        """Resets a stream for what the client did.

        Raises:
            ConnectionFailed: It does such things too often: each costs us as much as a reset of its own.
        """
        self._outbox.put(frames.rst_stream(error.stream, error.code))
        stream = self._open.pop(error.stream, None)
        self._remember(error.stream, ours=True)
        if stream is not None:
            self._outbox.forget(error.stream)
            stream.gone()
        self._resets.spend()

    def window_update(self, number: int, increment: int) -> None:
        """The client has room for more of one stream (section 6.9).

        Raises:
            StreamFailed: The increment is none, or too much.
            ConnectionFailed: The stream was never opened.
        """
        stream = self._open.get(number)
        if stream is None:
            if number > self.last or not number % 2:
                raise ConnectionFailed(ErrorCode.PROTOCOL_ERROR, f"WINDOW_UPDATE on stream {number}, which is idle")
            return
        if increment == 0:
            raise StreamFailed(number, ErrorCode.PROTOCOL_ERROR, "WINDOW_UPDATE of 0")
        stream.window += increment
        if stream.window > MAX_WINDOW:
            raise StreamFailed(number, ErrorCode.FLOW_CONTROL_ERROR, "the window overflows")
        stream.pump()

    def widen(self, by: int) -> None:
        """The peer's initial window has changed, and with it every stream's, which may fall below nothing (6.9.2).

        Raises:
            ConnectionFailed: A window overflows.
        """
        for stream in self:
            stream.window += by
            if stream.window > MAX_WINDOW:
                raise ConnectionFailed(ErrorCode.FLOW_CONTROL_ERROR, "the window of a stream overflows")
            stream.pump()

    def lost(self) -> None:
        """The connection is no more."""
        for stream in self:
            stream.gone()
        self._open.clear()

    def _answered(self, stream: ServerStream) -> None:
        self._open.pop(stream.number, None)
        self._remember(stream.number, ours=not stream.ended)

    def _remember(self, number: int, *, ours: bool) -> None:
        if len(self._closed) >= _REMEMBERED:
            self._closed_before, self._closed = self._closed, {}
        self._closed[number] = ours

    def _how_closed(self, number: int) -> bool | None:
        ours = self._closed.get(number)
        return self._closed_before.get(number) if ours is None else ours
