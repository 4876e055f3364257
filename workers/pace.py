"""How long one record takes, of late."""

from bus.records import Received
from runtime.clock import Clock
from workers.crew import Handle
from workers.outbox import Rest

MEMORY = 16  # records after which an old one hardly counts any more


class Pace:
    """An exponentially weighted mean of the time that records are in work; what they rest between tries is left out."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._count = 0
        self._seconds = 0.0

    @property
    def seconds(self) -> float:
        """Of one record; 0 where none was handled yet."""
        return self._seconds

    def timing(self, handle: Handle) -> Handle:
        """The same handler, of which every record that it finishes is timed."""

        async def timed(record: Received, *, rest: Rest) -> None:
            rested = 0.0

            async def resting(seconds: float) -> None:
                nonlocal rested
                began = self._clock.monotonic()
                try:
                    await rest(seconds)
                finally:
                    rested += self._clock.monotonic() - began

            began = self._clock.monotonic()
            await handle(record, rest=resting)
            self.note(self._clock.monotonic() - began - rested)

        return timed

    def note(self, seconds: float) -> None:
        """One record has taken so long."""
        self._count = min(self._count + 1, MEMORY)
        self._seconds += (max(0.0, seconds) - self._seconds) / self._count
