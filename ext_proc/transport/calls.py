"""What a processor does with a call that has come in over HTTP/2: which method, and how Envoy's is answered."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable

from ext_proc.stream import Stream, refuse_busy
from ext_proc.transport import methods
from ext_proc.transport.driving import Driven
from ext_proc.transport.health import Health
from ext_proc.transport.http2 import answers
from ext_proc.transport.http2.call import Call
from ext_proc.transport.http2.headers import Head
from ext_proc.transport.http2.status import Status
from ext_proc.transport.http2.stream import ServerStream
from ext_proc.wire import Malformed

_log = logging.getLogger("sluice.transport")

_NO_POST = answers.plain(405, (b"allow", b"POST"))
_NO_GRPC = answers.plain(415)
_EXPLANATION = b"gRPC is spoken here\n"


class Calls:
    """Answers the calls of all connections; at most `max_streams` at once, past which a request is refused with 503."""

    def __init__(
        self,
        *,
        open_stream: Callable[[], Stream],
        max_streams: int,
        health: Health,
        count: Callable[[int], None],
    ) -> None:
        self._open_stream = open_stream
        self._max_streams = max_streams
        self._health = health
        self._count = count
        self._open: set[Conversation] = set()
        self._idle: asyncio.Future[None] | None = None

    def answer(self, stream: ServerStream, head: Head) -> Call | None:
        """The call that answers a stream; none where the answer is given already."""
        if head.method != "POST":
            return NoGrpc(stream, _NO_POST)
        if not _is_grpc(head.content_type):
            return NoGrpc(stream, _NO_GRPC)
        if head.path == methods.PROCESS:
            return self._process(stream, head)
        if head.path == methods.CHECK:
            return Check(stream, self._health)
        stream.finish(Status.UNIMPLEMENTED, "no such method")
        return None

    async def idle(self) -> None:
        """Returns once no work is under way."""
        while self._open:
            self._idle = self._idle or asyncio.get_running_loop().create_future()
            await self._idle

    def over(self, conversation: "Conversation") -> None:
        """A conversation has ended, with all its work."""
        self._open.discard(conversation)
        self._count(len(self._open))
        if self._idle is not None and not self._open:
            self._idle.set_result(None)
            self._idle = None

    def _process(self, stream: ServerStream, head: Head) -> Call:
        if len(self._open) >= self._max_streams:
            return Busy(stream)
        work = self._open_stream()
        if head.trace is not None:
            work.called_by = head.trace
        conversation = Conversation(stream, work, self)
        self._open.add(conversation)
        self._count(len(self._open))
        return conversation


def _is_grpc(content_type: str) -> bool:
    """`application/grpc`, with the name of a format or a parameter after it or without."""
    return content_type == "application/grpc" or content_type.startswith(("application/grpc+", "application/grpc;"))


class NoGrpc:
    """The answer to what is no gRPC, once it has all come."""

    __slots__ = ("_block", "_stream")

    def __init__(self, stream: ServerStream, block: bytes) -> None:
        self._stream = stream
        self._block = block
        stream.discard()

    def message(self, _: bytes) -> bool:
        """Is never asked."""
        return True

    def half_closed(self) -> None:
        """Says what is wrong."""
        self._stream.plain(self._block, _EXPLANATION)

    def gone(self) -> None:
        """Nothing is under way."""

    def sent(self) -> None:
        """The answer had been the last."""


class Busy:
    """The answer of a processor that is full."""

    __slots__ = ("_stream",)

    def __init__(self, stream: ServerStream) -> None:
        self._stream = stream

    def message(self, _: bytes) -> bool:
        """Says 503 to the first."""
        self._stream.send(refuse_busy())
        self._stream.finish()
        return True

    def half_closed(self) -> None:
        """Nothing was asked."""
        self._stream.finish()

    def gone(self) -> None:
        """Nothing is under way."""

    def sent(self) -> None:
        """The answer had been the last."""


class Check:
    """A health check: one question, one answer."""

    __slots__ = ("_health", "_stream")

    def __init__(self, stream: ServerStream, health: Health) -> None:
        self._stream = stream
        self._health = health

    def message(self, _: bytes) -> bool:
        """Answers; what the question says is not asked, for there is one service."""
        self._stream.send(self._health.answer())
        self._stream.finish()
        return True

    def half_closed(self) -> None:
        """A check without a question is none."""
        self._stream.finish(Status.INTERNAL, "a message was expected")

    def gone(self) -> None:
        """Nothing is under way."""

    def sent(self) -> None:
        """The answer had been the last."""


class Conversation:
    """One stream of Envoy's: its messages go to a `Stream`, one after the other, and what that returns goes back.

    A client that goes away cancels what is under way; a chain's completion may go on without it.
    Messages that wait are bounded by the window of their stream, which is not renewed while one does.
    """

    __slots__ = ("_calls", "_driven", "_gone", "_half_closed", "_inbox", "_stream", "_work", "_working")

    def __init__(self, stream: ServerStream, work: Stream, calls: Calls) -> None:
        self._stream: ServerStream | None = stream
        self._work = work
        self._calls = calls
        self._driven: Driven | None = None
        self._working = False
        self._gone = False
        self._half_closed = False
        self._inbox: deque[bytes] | None = None

    def message(self, message: bytes) -> bool:
        """Handles it at once, or after those before it."""
        if self._working:
            if self._inbox is None:
                self._inbox = deque()
            self._inbox.append(message)
            return False
        self._handle(message)
        return True

    def half_closed(self) -> None:
        """Ends the call when all that came is handled; a request that was given up needs no answer."""
        self._half_closed = True
        if not self._working:
            self._end()

    def gone(self) -> None:
        """Cancels what is under way."""
        self._gone = True
        self._inbox = None
        if not self._working:
            self._end()
        elif self._driven is not None:
            self._driven.cancel()

    def sent(self) -> None:
        """Goes on after an answer that the client had no room for."""
        self._next()

    def _handle(self, message: bytes) -> None:
        if self._driven is None:
            self._driven = Driven(asyncio.get_running_loop(), self._resumed)
        self._working = True
        if self._driven.start(self._work.receive(message)):
            self._settle(self._driven)

    def _resumed(self) -> None:
        if self._driven is not None:
            self._settle(self._driven)
            self._next()

    def _next(self) -> None:
        while not self._working and self._inbox:
            self._handle(self._inbox.popleft())
        if self._working or self._stream is None:
            return
        self._stream.taken()
        if self._half_closed:
            self._end()

    def _settle(self, driven: Driven) -> None:
        """What came of a message."""
        self._working = False
        stream = self._stream
        if stream is None:
            return
        try:
            replies = driven.result()
        except Malformed as error:
            _log.warning("a stream is refused", extra={"why": error.what})
            self._end(Status.INVALID_ARGUMENT, error.what)
        except asyncio.CancelledError:
            self._end(Status.CANCELLED)
        except Exception:  # noqa: BLE001  # the last resort: the client is told, and the log
            _log.exception("a stream failed", extra=dict(self._work.facts()))
            self._end(Status.INTERNAL, "the request could not be handled")
        else:
            for reply in replies:
                stream.send(reply)
            if self._work.ended or self._gone:
                self._end()
            elif stream.held_back:
                self._working = True

    def _end(self, status: Status = Status.OK, why: str = "") -> None:
        stream, self._stream = self._stream, None
        if stream is None:
            return
        stream.finish(status, why)
        driven, self._driven = self._driven, None
        self._inbox = None
        if driven is not None:
            driven.close()
        self._calls.over(self)
