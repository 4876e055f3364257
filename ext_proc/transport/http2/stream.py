"""One stream of a server (RFC 9113, section 5.1), from its HEADERS to both ends.

```
        HEADERS             END_STREAM
idle ──────────► open ─────────────────► half-closed (remote)
                  │ our trailers               │ our trailers
                  ▼                            ▼
          RST_STREAM(NO_ERROR) ────────► closed ◄──── RST_STREAM, either way
```
We never stay in half-closed (local): an answer that ends before its request asks the client to stop (section 8.1).
"""

from collections import deque
from collections.abc import Callable

from ext_proc.transport.http2 import answers, frames
from ext_proc.transport.http2.call import Call
from ext_proc.transport.http2.errors import ErrorCode, StreamFailed
from ext_proc.transport.http2.frames import END_HEADERS, END_STREAM, Kind
from ext_proc.transport.http2.limits import Limits
from ext_proc.transport.http2.messages import PREFIX_SIZE, MessageRefused, Messages, prefixed
from ext_proc.transport.http2.outbox import Outbox
from ext_proc.transport.http2.room import Room
from ext_proc.transport.http2.status import Status
from ext_proc.transport.http2.windows import ReceiveWindow

_EMPTY_DATA = b""
"""Stands for the end of an answer that has no trailers."""


class ServerStream:
    """A stream that is not closed yet. `closed` is told once, when the answer has ended."""

    __slots__ = (
        "_begun",
        "_closed",
        "_discards",
        "_expected",
        "_held",
        "_kept",
        "_last",
        "_messages",
        "_outbox",
        "_pending",
        "_receive",
        "_room",
        "_waiting",
        "call",
        "ended",
        "number",
        "over",
        "window",
    )

    def __init__(
        self,
        number: int,
        *,
        outbox: Outbox,
        limits: Limits,
        room: Room,
        expected: int | None,
        closed: Callable[["ServerStream"], None],
    ) -> None:
        self.number = number
        self.call: Call | None = None
        self.ended = False
        """The client has said all that it will."""
        self.over = False
        """Nothing more can be said to the client."""
        self.window = outbox.peer.initial_window
        self._outbox = outbox
        self._closed = closed
        self._expected = expected
        self._receive = ReceiveWindow(limits.stream_window)
        self._messages = Messages(limits.message)
        self._discards = False
        self._room = room
        self._held = 0
        self._kept = 0
        self._waiting = 0
        self._begun = False
        self._pending: deque[memoryview] | None = None
        self._last: bytes | None = None

    # What comes.

    def data(self, payload: bytes, *, counted: int, last: bool) -> None:
        """DATA without its padding; `counted` is what flow control counts of it (section 6.9.1).

        Raises:
            StreamFailed: The client may not send that.
        """
        if self.ended:
            raise StreamFailed(self.number, ErrorCode.STREAM_CLOSED, "DATA after its end")
        if not self._receive.receive(counted):
            raise StreamFailed(self.number, ErrorCode.FLOW_CONTROL_ERROR, "more than the window")
        if self._expected is not None:
            self._expected -= len(payload)
            if self._expected < 0:
                raise StreamFailed(self.number, ErrorCode.PROTOCOL_ERROR, "more than its content-length")
        if last:
            self._end()
        if payload and not self._discards:
            self._feed(payload)
        if last:
            self.half_closed()
        else:
            self._give_back()

    def end(self) -> None:
        """The client's half ends by trailers.

        Raises:
            StreamFailed: It has ended before, or too early.
        """
        if self.ended:
            raise StreamFailed(self.number, ErrorCode.STREAM_CLOSED, "HEADERS after its end")
        self._end()
        self.half_closed()

    def discard(self) -> None:
        """What comes is no gRPC, and is thrown away."""
        self._discards = True

    def taken(self) -> None:
        """The call keeps no message any more."""
        self._kept = 0
        self._account()
        self._give_back()

    def _end(self) -> None:
        self.ended = True
        if self._expected:
            raise StreamFailed(self.number, ErrorCode.PROTOCOL_ERROR, "less than its content-length")

    def _feed(self, payload: bytes) -> None:
        try:
            messages = self._messages.feed(payload)
        except MessageRefused as error:
            self.fail(error.status, error.why)
            return
        for message in messages:
            if self.over or self._last is not None or self.call is None:
                return
            if not self.call.message(message):
                self._kept += len(message) + PREFIX_SIZE
        if (self._held or self._kept or not self._messages.whole) and not self._account():
            self.fail(Status.RESOURCE_EXHAUSTED, "too much is held for other streams")

    def half_closed(self) -> None:
        """Tells the call that nothing more comes."""
        if self.over or self._last is not None or self.call is None:
            return
        if self._messages.whole:
            self.call.half_closed()
        else:
            self.fail(Status.INTERNAL, "the stream ends within a message")

    def _give_back(self) -> None:
        if not (self._kept or self.ended or self.over) and (due := self._receive.due()):
            self._outbox.put(frames.window_update(self.number, due))

    # What goes.

    @property
    def held_back(self) -> bool:
        """Whether the client's windows have no room for all that was to be sent; `call.sent()` follows."""
        return self._pending is not None

    def send(self, message: bytes) -> None:
        """Sends a gRPC message; nothing where nobody listens any more."""
        if self.over or self._last is not None:
            return
        self._begin(answers.GRPC)
        self._send(prefixed(message))

    def finish(self, status: Status = Status.OK, why: str = "") -> None:
        """Ends the answer with its trailers, and with it the stream; what is held back goes before."""
        if self.over or self._last is not None:
            return
        block = answers.OK if status is Status.OK else answers.trailers(status, why)
        self._finish(block if self._begun else answers.GRPC + block)

    def fail(self, status: Status, why: str) -> None:
        """Ends the answer whatever the call is doing."""
        call = self.call
        self.finish(status, why)
        if call is not None:
            call.gone()

    def plain(self, block: bytes, text: bytes) -> None:
        """Answers what is no gRPC: headers and a short text."""
        self._begin(block)
        self._send(text)
        self._finish(_EMPTY_DATA)

    def gone(self) -> None:
        """The stream is closed without an answer of ours; the call hears of it."""
        self._over()
        call, self.call = self.call, None
        if call is not None:
            call.gone()

    def pump(self) -> None:
        """Sends what the windows have room for."""
        outbox = self._outbox
        while self._pending:
            chunk = self._pending[0]
            room = min(self.window, outbox.window, outbox.peer.max_frame)
            if room <= 0:
                if self.window > 0:
                    outbox.wait(self)
                return
            self._frame(chunk[:room])
            self._waiting -= min(room, len(chunk))
            if room < len(chunk):
                self._pending[0] = chunk[room:]
            else:
                self._pending.popleft()
        if self._pending is not None:
            self._pending = None
            self._account()
            self._all_sent()

    def _all_sent(self) -> None:
        if self._last is not None:
            self._close(self._last)
        elif self.call is not None:
            self.call.sent()

    def _begin(self, block: bytes) -> None:
        if not self._begun:
            self._begun = True
            self._headers(block, END_HEADERS)

    def _headers(self, block: bytes, flags: int) -> None:
        block = self._outbox.block(block)
        self._outbox.put(frames.header(Kind.HEADERS, flags, self.number, len(block)), block)

    def _send(self, data: bytes) -> None:
        size, outbox = len(data), self._outbox
        if self._pending is None and size <= self.window and size <= outbox.window and size <= outbox.peer.max_frame:
            self._frame(data)
            return
        self._waiting += size
        if not self._account():
            self._pending = None
            self._close(answers.trailers(Status.RESOURCE_EXHAUSTED, "too much waits to be read"))
            return
        if self._pending is None:
            self._pending = deque()
        self._pending.append(memoryview(data))
        self.pump()

    def _frame(self, data: bytes | memoryview) -> None:
        size = len(data)
        self.window -= size
        self._outbox.window -= size
        self._outbox.put(frames.header(Kind.DATA, 0, self.number, size), data)

    def _finish(self, block: bytes) -> None:
        if self._pending is None:
            self._close(block)
        else:
            self._last = block

    def _close(self, block: bytes) -> None:
        if block:
            self._headers(block, END_HEADERS | END_STREAM)
        else:
            self._outbox.put(frames.header(Kind.DATA, END_STREAM, self.number, 0))
        if not self.ended:
            self._outbox.put(frames.rst_stream(self.number, ErrorCode.NO_ERROR))
        self._over()
        self.call = None
        self._closed(self)

    def _over(self) -> None:
        self.over = True
        self._pending = None
        self._room.take(-self._held)
        self._held = 0

    def _account(self) -> bool:
        """Counts what is held for this stream now; false where there is no room for more."""
        if self.over:
            return True
        held = self._messages.held + self._kept + self._waiting
        if not self._room.take(held - self._held):
            return False
        self._held = held
        return True
