"""A connection that is written at once, and read once."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from bus.kafka.wires import DirectTransport, Wires


class Listener:
    """What a transport tells its connection."""

    _sensors = None  # kafka-python looks for what counts bytes

    def __init__(self) -> None:
        self.received = bytearray()
        self.lost: list[object] = []

    def data_received(self, data: bytes) -> None:
        """Called by the transport."""
        self.received += data

    def connection_lost(self, error: object) -> None:
        """Called by the transport."""
        self.lost.append(error)


class Line:
    """A transport, what it tells, and the other end."""

    def __init__(self) -> None:
        ours, self.other = socket.socketpair()
        ours.setblocking(False)
        self.other.setblocking(False)
        self.net: Any = Wires()
        self.listener = Listener()
        self.transport: Any = DirectTransport(self.net, ours)
        self.transport.set_protocol(self.listener)
        self.transport.resume_reading()
        self.turn()

    def turn(self) -> None:
        """All that can be done without waiting."""
        for _ in range(3):  # what begins to wait for the kernel in one turn hears of it in the next
            self.net.turn()
        while self.net.busy:
            self.net.turn()

    def read(self) -> bytes:
        """What has come to the other end."""
        try:
            return self.other.recv(1 << 20)
        except BlockingIOError:
            return b""


@pytest.fixture
def line() -> Iterator[Line]:
    """A line, closed in the end."""
    made = Line()
    yield made
    made.transport.abort()
    made.net.close()
    made.other.close()


def test_what_is_written_has_gone_before_the_next_turn(line: Line) -> None:
    """Nobody asks first whether it may."""
    line.transport.write(b"hello")
    assert line.read() == b"hello"
    assert not line.net.busy


def test_what_the_kernel_does_not_take_goes_later_and_in_order(line: Line) -> None:
    """Also what is written meanwhile."""
    large = bytes(range(256)) * 20_000
    line.transport.write(large)
    line.transport.write(b"the end")
    found = bytearray()
    while len(found) < len(large) + 7:
        line.turn()
        found += line.read()
    assert bytes(found) == large + b"the end"


def test_what_comes_is_read_as_often_as_it_comes(line: Line) -> None:
    """The socket stays registered, also where one turn brings more than one read takes."""
    sent = [b"one", b"two" * 50_000, b"three"]
    for piece in sent:
        rest = piece
        while rest:
            rest = rest[line.other.send(rest) :]
            line.turn()
    line.turn()
    assert bytes(line.listener.received) == b"".join(sent)


def test_a_line_that_ends_is_lost_once(line: Line) -> None:
    """The connection hears why."""
    line.other.close()
    line.turn()
    (error,) = line.listener.lost
    assert "disconnected" in str(error)


def test_a_broken_line_is_lost_when_it_is_written_to(line: Line) -> None:
    """By the way that waits, which tells the connection."""
    line.other.close()
    line.transport.write(b"hello")
    line.turn()
    assert len(line.listener.lost) == 1


def test_a_pause_stops_reading_and_it_goes_on(line: Line) -> None:
    """What came meanwhile is not lost."""
    line.transport.pause_reading()
    line.other.send(b"one")
    line.turn()
    line.transport.resume_reading()
    line.other.send(b"two")
    line.turn()
    assert bytes(line.listener.received) == b"onetwo"


def test_the_next_timer_is_known(line: Line) -> None:
    """So that whoever drives it wakes in time."""
    assert line.net.next_timer == float("inf")
    line.net.call_at(5.0, lambda: None)
    assert line.net.next_timer == 5.0
