"""A client that sends what it is told, and judges what comes back: a raw HTTP/2 connection over a unix socket."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import hpack

from tests.ext_proc.transport.raw import frames as h2
from tests.ext_proc.transport.raw.frames import Frame
from tests.ext_proc.transport.raw.grpc import messages_of

PATIENCE = 10.0
"""Seconds after which a test that waits for a frame has failed."""

_WIDE = (1 << 31) - 1 - h2.WINDOW


@dataclass(slots=True)
class Answer:
    """All that came on one stream."""

    head: dict[str, str] = field(default_factory=dict)
    data: bytes = b""
    trailers: dict[str, str] = field(default_factory=dict)
    reset: int | None = None
    frames: list[Frame] = field(default_factory=list)
    ended: bool = False

    @property
    def messages(self) -> list[bytes]:
        """Its messages."""
        return list(messages_of(self.data))

    @property
    def status(self) -> str | None:
        """The `grpc-status`, from trailers or from a header that was all."""
        return {**self.head, **self.trailers}.get("grpc-status")


class Gone(Exception):
    """The server has closed the connection."""


class Peer:
    """One connection; frames that came are kept in `seen`, streams in `answers`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._decoder = hpack.Decoder()
        self._block = b""
        self.seen: list[Frame] = []
        self.answers: dict[int, Answer] = {}

    async def greet(self, *pairs: tuple[int, int], wide: bool = True) -> None:
        """Preface and settings, with the server's settings taken; `wide` opens the connection's window."""
        self.send(h2.PREFACE, h2.settings(*pairs), *([h2.window_update(0, _WIDE)] if wide else []))
        await self.until(lambda frame: frame.kind == h2.SETTINGS and not frame.flags & h2.ACK)
        self.send(h2.SETTINGS_ACK)

    def send(self, *frames: Frame | bytes) -> None:
        """Sends frames, or bytes that are none; waits for nothing."""
        self._writer.write(h2.joined(frames))

    async def drained(self) -> None:
        """What was sent has left this process."""
        await self._writer.drain()

    def leave(self) -> None:
        """Closes the sending side, and keeps reading."""
        self._writer.write_eof()

    async def read(self) -> Frame:
        """The next frame.

        Raises:
            Gone: There will be none.
        """
        async with asyncio.timeout(PATIENCE):
            try:
                head = await self._reader.readexactly(h2.HEAD)
                frame = Frame.parse(head + await self._reader.readexactly(int.from_bytes(head[:3], "big")))
            except (asyncio.IncompleteReadError, ConnectionError) as error:
                raise Gone from error
        self.seen.append(frame)
        self._take(frame)
        return frame

    async def until(self, wanted: Callable[[Frame], bool]) -> Frame:
        """Reads up to the first frame that fits."""
        while not wanted(frame := await self.read()):
            pass
        return frame

    async def answer(self, stream: int) -> Answer:
        """Everything on a stream, once it has ended or was reset."""
        while not (stream in self.answers and self.answers[stream].ended):
            await self.read()
        return self.answers[stream]

    async def beat(self, opaque: bytes = b"heartbeat"[:8]) -> None:
        """Returns when the server has handled all that was sent before: it answers a PING."""
        self.send(h2.ping(opaque))
        await self.until(lambda frame: frame == Frame(h2.PING, h2.ACK, 0, opaque))

    async def end(self) -> list[Frame]:
        """Reads until the server closes; all frames that came."""
        try:
            while True:
                await self.read()
        except Gone:
            return self.seen

    def _take(self, frame: Frame) -> None:
        if not frame.stream:
            return
        answer = self.answers.setdefault(frame.stream, Answer())
        answer.frames.append(frame)
        answer.ended = answer.ended or frame.ends or frame.kind == h2.RST_STREAM
        if frame.kind == h2.DATA:
            answer.data += frame.payload
        elif frame.kind == h2.RST_STREAM:
            answer.reset = frame.code
        elif frame.kind in {h2.HEADERS, h2.CONTINUATION}:
            self._fields(answer, frame)

    def _fields(self, answer: Answer, frame: Frame) -> None:
        self._block += frame.payload
        if frame.flags & h2.END_HEADERS:
            fields = {str(name): str(value) for name, value in self._decoder.decode(self._block)}
            self._block = b""
            if answer.head:
                answer.trailers = fields
            else:
                answer.head = fields


@asynccontextmanager
async def connected(socket: str) -> AsyncIterator[Peer]:
    """A connection on which nothing has been said."""
    reader, writer = await asyncio.open_unix_connection(socket)
    try:
        yield Peer(reader, writer)
    finally:
        writer.close()


@asynccontextmanager
async def greeted(socket: str, pairs: Iterable[tuple[int, int]] = (), *, wide: bool = True) -> AsyncIterator[Peer]:
    """A connection on which both sides have said their settings."""
    async with connected(socket) as peer:
        await peer.greet(*pairs, wide=wide)
        yield peer
