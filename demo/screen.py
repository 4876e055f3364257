"""What the demo says while it starts."""

import sys
import threading
import time
from typing import TextIO

_CLEAR = "\r\x1b[K"


class Screen:
    """Lines that stay, and under them one line that changes; where the output is no terminal, only lines that stay."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out
        self._began = time.monotonic()
        self._lock = threading.Lock()  # Kafka's jars are fetched in a thread, which reports from there
        self._changing = False

    def say(self, text: str) -> None:
        """Writes a line that stays, with the seconds since the start."""
        self._write(f"sluice: {text}  ({time.monotonic() - self._began:.1f} s)\n")

    def now(self, text: str) -> None:
        """Shows what is going on, until something else is."""
        if self._out.isatty():
            self._write(f"sluice: {text}", changing=True)

    def write(self, text: str) -> None:
        """Writes text as it is."""
        self._write(text)

    def _write(self, text: str, *, changing: bool = False) -> None:
        with self._lock:
            self._out.write(f"{_CLEAR}{text}" if self._changing else text)
            self._changing = changing
            self._out.flush()
