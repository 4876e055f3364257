"""A client's side of a connection in memory: frames go in, and what the server says is kept as frames."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from ext_proc.transport.http2 import frames
from ext_proc.transport.http2.call import Call
from ext_proc.transport.http2.connection import Connection
from ext_proc.transport.http2.frames import END_HEADERS, END_STREAM, Frame, FrameReader, Kind
from ext_proc.transport.http2.headers import Head
from ext_proc.transport.http2.limits import Limits
from ext_proc.transport.http2.messages import prefixed
from ext_proc.transport.http2.stream import ServerStream

Fields = Sequence[tuple[str, str]]

REQUEST: Fields = (
    (":method", "POST"),
    (":scheme", "http"),
    (":path", "/p"),
    ("content-type", "application/grpc"),
    ("te", "trailers"),
)


def block(fields: Fields = REQUEST) -> bytes:
    """A header block of literals."""
    return b"".join(
        b"\x00" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode() for name, value in fields
    )


@dataclass(slots=True)
class Heard:
    """A call that writes down what it hears; it takes messages as long as `takes` says so."""

    stream: ServerStream
    head: Head
    takes: bool = True
    messages: list[bytes] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def message(self, message: bytes) -> bool:
        """Keeps it."""
        self.messages.append(message)
        return self.takes

    def half_closed(self) -> None:
        """Writes it down."""
        self.told.append("half-closed")

    def gone(self) -> None:
        """Writes it down."""
        self.told.append("gone")

    def sent(self) -> None:
        """Writes it down."""
        self.told.append("sent")


class Client:
    """A connection whose preface and settings are exchanged, unless `greeted` is false."""

    def __init__(self, *, limits: Limits | None = None, greeted: bool = True) -> None:
        self.calls: dict[int, Heard] = {}
        self.stirred = 0
        self.now = 0.0
        self.takes = True
        self.said: list[Frame] = []
        self._reader = FrameReader(max_size=2**24)
        self.connection = Connection(answer=self._answer, stirred=self._stir, limits=limits, clock=lambda: self.now)
        if greeted:
            self.give(frames.PREFACE, frames.frame(Kind.SETTINGS, 0, 0, b""), frames.frame(Kind.SETTINGS, 1, 0, b""))
            self.hear()

    def _stir(self) -> None:
        self.stirred += 1

    def _answer(self, stream: ServerStream, head: Head) -> Call:
        call = self.calls[stream.number] = Heard(stream, head, self.takes)
        return call

    def give(self, *pieces: bytes) -> Self:
        """Bytes for the server."""
        self.connection.receive(b"".join(pieces))
        return self

    def open(self, number: int, *, flags: int = 0, fields: Fields = REQUEST) -> Heard:
        """A new stream."""
        self.give(frames.frame(Kind.HEADERS, END_HEADERS | flags, number, block(fields)))
        return self.calls[number]

    def data(self, number: int, payload: bytes, *, last: bool = False) -> Self:
        """DATA."""
        return self.give(frames.frame(Kind.DATA, END_STREAM if last else 0, number, payload))

    def message(self, number: int, message: bytes, *, last: bool = False) -> Self:
        """DATA with one whole message."""
        return self.data(number, prefixed(message), last=last)

    def hear(self) -> list[Frame]:
        """What the server has said since."""
        new = list(self._reader.feed(self.connection.take()))
        self.said += new
        return new

    def codes(self, kind: Kind) -> list[tuple[int, int]]:
        """Of what the server says now: stream and code of each RST_STREAM, or last stream and code of each GOAWAY."""
        found = [frame for frame in self.hear() if frame[0] == kind]
        if kind is Kind.GOAWAY:
            return [(frames.word(frame[3]), frames.word(frame[3][4:8])) for frame in found]
        return [(frame[2], frames.word(frame[3])) for frame in found]
