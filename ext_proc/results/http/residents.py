"""Who is here: the requests in work and the open streams of one process, up to a limit, and how they are sent away."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from ext_proc.results.errors import Busy

SPREAD = 0.4  # of the time to drain: streams are told one after another, so that not all come back at once
SPREAD_MAX = 2.0  # seconds


class Leaver(Protocol):
    """A stream that can be asked to end."""

    def retire(self) -> None:
        """Ends in good order."""


class Residents:
    """Counts whoever is being served, and knows the streams among them."""

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._present = 0
        self._streams: set[Leaver] = set()
        self._draining = False
        self._empty = asyncio.Event()
        self._empty.set()

    @contextmanager
    def served(self) -> Iterator[None]:
        """One more is here while the context is open.

        Raises:
            Busy: There are too many, or everybody is being sent away.
        """
        if self._draining or self._present >= self._limit:
            raise Busy(what="draining" if self._draining else "too many streams")
        self._present += 1
        self._empty.clear()
        try:
            yield
        finally:
            self._present -= 1
            if not self._present:
                self._empty.set()

    @contextmanager
    def streaming(self, stream: Leaver) -> Iterator[None]:
        """`stream` is open while the context is."""
        if self._draining:
            stream.retire()
        self._streams.add(stream)
        try:
            yield
        finally:
            self._streams.remove(stream)

    async def drain(self, seconds: float) -> bool:
        """Admits nobody, asks every stream to end, and waits for all to leave; whether they did in time."""
        self._draining = True
        step = min(seconds * SPREAD, SPREAD_MAX) / max(len(self._streams), 1)
        loop = asyncio.get_running_loop()
        timers = [loop.call_later(number * step, each.retire) for number, each in enumerate(list(self._streams))]
        try:
            await asyncio.wait_for(self._empty.wait(), seconds)
        except TimeoutError:
            return False
        finally:
            for timer in timers:
                timer.cancel()
        return True
