"""Flow control (RFC 9113, sections 5.2 and 6.9): how much may be sent, and how much may be received."""

MAX_WINDOW = 2**31 - 1
DEFAULT_WINDOW = 2**16 - 1


class ReceiveWindow:
    """What the peer may still send. What was taken is given back in one update for each half of the window."""

    __slots__ = ("_left", "_owed", "_size")

    def __init__(self, size: int) -> None:
        self._size = size
        self._left = size
        self._owed = 0

    def receive(self, count: int) -> bool:
        """Counts bytes that came; false where the peer had no leave to send them."""
        self._left -= count
        self._owed += count
        return self._left >= 0

    def due(self) -> int:
        """The increment to announce now that all that came was taken; 0 while it is not worth a frame."""
        owed = self._owed
        if owed * 2 < self._size:
            return 0
        self._owed = 0
        self._left += owed
        return owed
