"""One connection, driven step by step, with an oracle on both sides of it."""

from collections.abc import Callable, Iterable

from ext_proc.transport.http2.connection import Connection
from ext_proc.transport.http2.limits import Limits
from tests.ext_proc.transport.fuzz.answering import Answering
from tests.ext_proc.transport.fuzz.oracle import Oracle
from tests.ext_proc.transport.fuzz.program import Came, Left, Released, Step, Ticked

TIGHT = Limits(
    streams=6,
    header_block=1000,
    header_frames=5,
    header_list=2000,
    message=2500,
    stream_window=4000,
    connection_window=80_000,
    resets=10,
    resets_a_second=1.0,
    idle_frames=20,
    idle_frames_a_second=1.0,
)
"""Limits that short programs reach."""

Cut = Callable[[bytes], Iterable[bytes]]


def whole(data: bytes) -> Iterable[bytes]:
    """All at once."""
    return (data,)


def byte_by_byte(data: bytes) -> Iterable[bytes]:
    """As slowly as can be."""
    return (data[at : at + 1] for at in range(len(data)))


class Session:
    """A connection of native's, the calls behind it, and all that it said.

    Raises whatever the connection raises, which may be nothing, and AssertionError where something does not hold.
    """

    def __init__(self, *, limits: Limits = TIGHT, cut: Cut = whole) -> None:
        self._cut = cut
        self._now = 0.0
        self._left = 0
        self.said = bytearray()
        self.answering = Answering()
        self.connection = Connection(
            answer=self.answering.begin, stirred=lambda: None, limits=limits, clock=lambda: self._now
        )
        self._limits = limits
        self._oracle = Oracle()

    def run(self, steps: Iterable[Step]) -> bytes:
        """Takes every step; returns all that was said."""
        self._say()
        for step in steps:
            self._step(step)
            self._say()
            assert self.connection.streams <= self._limits.streams
        self.connection.lost()
        assert not self.answering.held, "a call that nobody told of the end"
        return bytes(self.said)

    def _step(self, step: Step) -> None:
        match step:
            case Came(data):
                self._oracle.came(data)
                for piece in self._cut(data):
                    self.connection.receive(piece)
            case Released():
                self.answering.release()
            case Ticked(seconds):
                self._now += seconds
            case Left():
                self._left += 1
                (self.connection.leave if self._left == 1 else self.connection.refuse)()

    def _say(self) -> None:
        said = self.connection.take()
        self._oracle.said(said)
        self.said += said
        if self.connection.closing:
            self._oracle.closing()
