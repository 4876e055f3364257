"""A budget for what a peer may do now and then, and not all the time."""

from collections.abc import Callable

from ext_proc.transport.http2.errors import ConnectionFailed, ErrorCode


class Patience:
    """Lets a burst pass and so many a second after it; then it ends the connection (RFC 9113, section 10.5)."""

    __slots__ = ("_burst", "_clock", "_left", "_rate", "_seen", "_what")

    def __init__(self, what: str, *, burst: int, rate: float, clock: Callable[[], float]) -> None:
        self._what = what
        self._burst = burst
        self._rate = rate
        self._clock = clock
        self._left = float(burst)
        self._seen = clock()

    def spend(self) -> None:
        """Counts one.

        Raises:
            ConnectionFailed: There were too many of them.
        """
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._seen) * self._rate) - 1
        self._seen = now
        if self._left < 0:
            raise ConnectionFailed(ErrorCode.ENHANCE_YOUR_CALM, f"too many {self._what}")
