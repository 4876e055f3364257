"""Prospects that a test sets."""

from ext_proc.results.reader.prospects import Prospect
from ext_proc.results.reader.subscription import Subscription


class Told:
    """As `Prospects`: of every query what was set last; nothing, until something is."""

    def __init__(self) -> None:
        self.prospect: Prospect | None = None
        self.asked: list[tuple[str | None, int]] = []

    def set(self, position: int, eta_seconds: int | None = None) -> None:
        """From now on."""
        self.prospect = Prospect(position=position, eta_seconds=eta_seconds)

    def of(self, wants: Subscription, *, asked_at: int) -> Prospect | None:
        """As `Prospects`."""
        self.asked.append((wants.key, asked_at))
        return self.prospect
