"""Progress on one line of the terminal."""

import sys
from typing import TextIO


class OneLine:
    """Shows each notice in place of the one before; where the output is no terminal, only the first."""

    def __init__(self, out: TextIO = sys.stderr) -> None:
        self._out = out
        self._shown = False

    def __call__(self, text: str) -> None:
        """Shows `text`."""
        if self._out.isatty():
            self._out.write(f"\r\x1b[Ksluice: {text}")
        elif not self._shown:
            self._out.write(f"sluice: {text}\n")
        self._shown = True
        self._out.flush()

    def done(self) -> None:
        """Clears the line."""
        if self._shown and self._out.isatty():
            self._out.write("\r\x1b[K")
            self._out.flush()
