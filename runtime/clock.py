"""Time and randomness, passed in so that tests can choose them."""

import os
import time
from typing import Protocol


class Clock(Protocol):
    """What time it is, and what is random."""

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""

    def monotonic(self) -> float:
        """Seconds that only ever grow."""

    def random(self, size: int) -> bytes:
        """Bytes that nobody can guess."""


class SystemClock:
    """The machine's."""

    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Seconds that only ever grow."""
        return time.monotonic()

    def random(self, size: int) -> bytes:
        """Bytes that nobody can guess."""
        return os.urandom(size)
