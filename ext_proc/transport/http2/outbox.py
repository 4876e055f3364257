"""What a connection has to send, gathered until its owner takes it all in one write."""

from collections.abc import Callable
from typing import Protocol

from ext_proc.transport.http2 import answers
from ext_proc.transport.http2.settings import DEFAULT_TABLE_SIZE, PeerSettings
from ext_proc.transport.http2.windows import DEFAULT_WINDOW


class Waiting(Protocol):
    """A stream that waits for room in the connection's window."""

    number: int

    def pump(self) -> None:
        """Sends what there is room for; waits again if that was not all."""


class Outbox:
    """The pieces to send, what the peer allows, and the connection's own send window (RFC 9113, section 6.9).

    It holds what the windows let pass since it was last emptied; what they hold back stays with the streams.
    """

    __slots__ = ("_stirred", "_table_update", "_waiting", "peer", "pieces", "window")

    def __init__(self, stirred: Callable[[], None]) -> None:
        self._stirred = stirred
        self._table_update = b""
        self._waiting: dict[int, Waiting] = {}
        self.pieces: list[bytes | memoryview] = []
        self.peer = PeerSettings()
        self.window = DEFAULT_WINDOW

    def put(self, *pieces: bytes | memoryview) -> None:
        """Adds to what is to be sent; the owner is told when there was nothing before."""
        if not self.pieces:
            self._stirred()
        self.pieces += pieces

    def take(self) -> bytes:
        """All of it, in order."""
        whole = b"".join(self.pieces)
        self.pieces.clear()
        return whole

    def shrink_table(self) -> None:
        """The peer's table is smaller than the default: our next block has to say that we use none (RFC 7541, 4.2)."""
        if self.peer.table_size < DEFAULT_TABLE_SIZE:
            self._table_update = answers.NO_TABLE

    def block(self, block: bytes) -> bytes:
        """A header block as it has to be sent now."""
        if not self._table_update:
            return block
        update, self._table_update = self._table_update, b""
        return update + block

    def wait(self, stream: Waiting) -> None:
        """The stream is pumped when the connection's window opens."""
        self._waiting[stream.number] = stream

    def forget(self, number: int) -> None:
        """A stream that waits no more."""
        self._waiting.pop(number, None)

    def widened(self) -> None:
        """The connection's window has opened: those who wait share it, in turn."""
        waiting = list(self._waiting.values())
        for stream in waiting:
            if self.window <= 0:
                return
            del self._waiting[stream.number]
            stream.pump()
