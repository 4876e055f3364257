"""What a reader may be told while its query waits: how many are before it, and for how long that may take.

Whoever composes a results server says where that is known from; nothing here knows of workers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from ext_proc.results.reader.subscription import Subscription

NOTABLE = 0.2
"""Of the seconds that were told: a change by less is not worth another event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """Where a query stands, from 1 on; and the seconds until its turn, where they are known."""

    position: int
    eta_seconds: int | None

    def members(self) -> Mapping[str, int]:
        """As clients see it: what is not known is left out."""
        known = {} if self.eta_seconds is None else {"eta_seconds": self.eta_seconds}
        return {"position": self.position, **known}

    def is_news_after(self, told: "Prospect") -> bool:
        """Whoever was told that is to be told this."""
        if self.position != told.position or (self.eta_seconds is None) != (told.eta_seconds is None):
            return True
        before = told.eta_seconds or 0
        return abs((self.eta_seconds or 0) - before) > NOTABLE * before


class Prospects(Protocol):
    """Knows how it stands with queries."""

    def of(self, wants: Subscription, *, asked_at: int) -> Prospect | None:
        """The prospect of a reader's query, which was asked then (ms since the epoch); `None` where nothing is known."""


class NoProspects:
    """Knows nothing."""

    def of(self, wants: Subscription, *, asked_at: int) -> Prospect | None:
        """As `Prospects`."""
        return None
