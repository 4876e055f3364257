"""Holds calls until enough of them are under way together, and counts how many ever were."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from demo.standin.behaviour import Conduct, Endpoint


class Gathering:
    """How many calls of each API are under way.

    Where the conduct says so, they are held until that many are: a caller that never makes so many at once waits for
    ever, and one that does shows by it, whatever the time, that it does. Once there were enough none is held.
    """

    def __init__(self, conduct: Conduct) -> None:
        self._conduct = conduct
        self._now: Counter[Endpoint] = Counter()
        self._most: Counter[Endpoint] = Counter()
        self._changed = asyncio.Condition()

    @property
    def most(self) -> Mapping[Endpoint, int]:
        """How many were under way at the same time, at most."""
        return dict(self._most)

    def clear(self) -> None:
        """Forgets how many there were; those that are under way count on."""
        self._most.clear()

    @contextmanager
    def joined(self, endpoint: Endpoint) -> Iterator[None]:
        """A call is under way while this is open."""
        self._now[endpoint] += 1
        self._most[endpoint] = max(self._most[endpoint], self._now[endpoint])
        try:
            yield
        finally:
            self._now[endpoint] -= 1

    async def enough(self, endpoint: Endpoint) -> None:
        """Returns when as many have been under way as are wanted."""
        async with self._changed:
            self._changed.notify_all()
            await self._changed.wait_for(lambda: self._most[endpoint] >= self._conduct.now.together)
