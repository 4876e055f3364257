"""How far loading has come: a bar where there is a terminal, a line now and then where there is none."""

import sys
import time
from collections.abc import Callable
from typing import Protocol, TextIO

from tqdm import tqdm

from demo.load.tally import Tally

SECONDS = 5.0
"""Between two lines."""


class Progress(Protocol):
    """Hears how far it is, in bytes of the files."""

    def passed(self, share: int) -> None:
        """So much was in already."""

    def heard(self, share: int, tally: Tally) -> None:
        """Receipts have come for so much more."""

    def say(self, text: str) -> None:
        """Something that is worth a line."""

    def close(self) -> None:
        """Nothing more comes."""


class Bar:
    """A bar."""

    def __init__(self, total: int, out: TextIO) -> None:
        self._bar = tqdm(total=total, unit="B", unit_scale=True, file=out, desc="sluice", dynamic_ncols=True)

    def passed(self, share: int) -> None:
        """As `Progress.passed`."""
        self._bar.update(share)

    def heard(self, share: int, tally: Tally) -> None:
        """As `Progress.heard`."""
        self._bar.set_postfix(accepted=tally.accepted, refused=tally.refused, refresh=False)
        self._bar.update(share)

    def say(self, text: str) -> None:
        """As `Progress.say`."""
        self._bar.write(f"sluice: {text}", file=self._bar.fp)

    def close(self) -> None:
        """As `Progress.close`."""
        self._bar.close()


class Lines:
    """A line at most every few seconds."""

    def __init__(self, total: int, out: TextIO, *, now: Callable[[], float] = time.monotonic) -> None:
        self._total = total
        self._out = out
        self._now = now
        self._done = 0
        self._said = now()

    def passed(self, share: int) -> None:
        """As `Progress.passed`."""
        self._done += share

    def heard(self, share: int, tally: Tally) -> None:
        """As `Progress.heard`."""
        self._done += share
        if self._now() - self._said >= SECONDS:
            self._said = self._now()
            percent = 100 * self._done // max(self._total, 1)
            self.say(f"{percent} %, {tally.accepted} chunks accepted, {tally.refused} refused")

    def say(self, text: str) -> None:
        """As `Progress.say`."""
        self._out.write(f"sluice: {text}\n")
        self._out.flush()

    def close(self) -> None:
        """As `Progress.close`."""


def progress_of(total: int, *, out: TextIO = sys.stderr) -> Progress:
    """What suits the place where it is shown."""
    return Bar(total, out) if out.isatty() else Lines(total, out)
