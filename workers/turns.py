"""Whose turn it is among lanes that share something by weight.

Stride scheduling (Waldspurger and Weihl, 1995): each lane pays 1/weight for a turn, and the one that has paid least is next.
A lane that had nothing to do joins where the others are: it can neither save turns up nor be made to wait for them.
"""

from collections.abc import Collection, Mapping


class Turns:
    """Counts turns. A lane that is not named in `weights` weighs 1."""

    def __init__(self, weights: Mapping[str, int]) -> None:
        self._weights = weights
        self._paid: dict[str, float] = {}
        self._now = 0.0

    def next(self, lanes: Collection[str]) -> str:
        """The lane whose turn it is among those that have something to do, of which there is at least one; it pays."""
        lane = min(sorted(lanes), key=self._due)
        self._now = self._due(lane)
        self._paid[lane] = self._now + 1 / self._weights.get(lane, 1)
        return lane

    def _due(self, lane: str) -> float:
        return max(self._paid.get(lane, 0.0), self._now)
