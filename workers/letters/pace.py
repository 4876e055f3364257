"""So many a second, and no more."""

from collections.abc import Awaitable, Callable

Sleep = Callable[[float], Awaitable[object]]


class Pace:
    """Lets turns through at even distances; one that comes late is not made up for by a burst."""

    def __init__(self, *, rate: float, monotonic: Callable[[], float], sleep: Sleep) -> None:
        self._distance = 1 / rate
        self._monotonic = monotonic
        self._sleep = sleep
        self._next = float("-inf")

    async def turn(self) -> None:
        """Returns when it is time for one more."""
        now = self._monotonic()
        if now < self._next:
            await self._sleep(self._next - now)
        self._next = max(now, self._next) + self._distance
