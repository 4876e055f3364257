"""A token bucket that is a share of one limit, and may be in debt."""

import math

BURST_SECONDS = 1.0  # what a bucket may save up; never less than one request
_NEXT_TO_NOTHING = 1e-9  # what arithmetic may lose: without it, a wait of no length could come again and again


class Bucket:
    """Fills at `per_minute` times its share. Begins empty, and with no share.

    A taker waits until there is as much as it wants, or the bucket is full, and then takes all that it wants:
    so what is larger than a burst waits its time afterwards, as debt, that all pay.
    """

    def __init__(self, *, per_minute: int) -> None:
        self._per_second = per_minute / 60
        self._share = 0.0
        self._level = 0.0
        self._at = 0.0

    def resize(self, share: float, *, now: float) -> None:
        """From now on it fills at another share. What was saved up stays, as far as there is room; nothing is added."""
        self._fill(now)
        self._share = share
        self._level = min(self._level, self._capacity)

    def wait(self, amount: float, *, now: float) -> float:
        """Seconds until `amount` may be taken, if nobody takes before; infinite where it has no share."""
        self._fill(now)
        missing = min(amount, self._capacity) - self._level
        if missing <= _NEXT_TO_NOTHING:
            return 0.0
        return missing / self._rate if self._rate else math.inf

    def take(self, amount: float, *, now: float) -> None:
        """Takes, be it into debt; less than nothing is given back, as far as there is room."""
        self._fill(now)
        self._level = min(self._level - amount, self._capacity)

    def _fill(self, now: float) -> None:
        self._level = min(self._level + self._rate * (now - self._at), self._capacity)
        self._at = now

    @property
    def _rate(self) -> float:
        return self._per_second * self._share

    @property
    def _capacity(self) -> float:
        return max(self._rate * BURST_SECONDS, 1.0)
