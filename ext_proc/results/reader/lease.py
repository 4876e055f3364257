"""How long a reader may read: until its token ends, with a warning before."""

from dataclasses import dataclass
from math import inf

WARNING = 30.0  # seconds, by the contract


@dataclass(slots=True)
class Lease:
    """Times are in seconds since the epoch; `expires` 0 never ends."""

    expires: float
    warned: bool = False

    def renew(self, expires: float) -> None:
        """Lasts until then, and warns again before; a lease is never shortened."""
        if self.expires > 0 and (expires <= 0 or expires > self.expires):
            self.expires, self.warned = expires, False

    def ended(self, now: float) -> bool:
        """The token is no longer valid."""
        return 0 < self.expires <= now

    def warns(self, now: float) -> bool:
        """The reader is to be told now; true once."""
        due = not self.warned and 0 < self.expires <= now + WARNING
        self.warned = self.warned or due
        return due

    def left(self, now: float) -> int:
        """Whole seconds until the end."""
        return max(0, round(self.expires - now))

    def next(self, now: float) -> float:
        """Seconds until `ended` or `warns` changes."""
        if self.expires <= 0:
            return inf
        return self.expires - now - (0 if self.warned else WARNING)
