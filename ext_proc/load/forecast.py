"""How long a query waits for its turn, by what the workers said last. An estimate, and meant to be an honest one.

Lanes take turns by weight (`workers.turns`). If nobody else comes, a query that is the n-th of its tier begins once the
n of its own tier have, and of each other tier that waits n * (its weight / ours), or as many as it has if that is fewer:

    seconds(n) = max(0, n + sum of min(waiting, n * weight / our weight) over the other tiers - free) / capacity

Stages follow one another, and all that waits for the first will wait for the second. So each stage is asked how long it
takes over all that waits for it and for those before it, and the slowest one decides.

It leaves out:

- who comes later: a query of a higher tier goes ahead of many that are here, and the estimate grows then;
- time in work: seconds until the last stage begins with it, and not until its answer is there;
- that partitions are not equally full: the workers of a stage count as one, which helps whoever is idle;
- calls that fail, or take longer than those of late did.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ext_proc.load.stage import Stage


@dataclass(frozen=True, slots=True)
class Place:
    """Where a query stands in its tier, from 1 on; and in how many seconds its turn comes, where that is known."""

    position: int
    eta: float | None


class Forecast:
    """What was known at one moment; immutable. A stage is `None` while no worker of it says anything."""

    def __init__(self, stages: Sequence[Stage | None], *, weights: Mapping[str, int]) -> None:
        self._stages = stages
        self._weights = weights
        self._known = any(stage is not None for stage in stages)
        self._waiting = [_together(stages[: number + 1]) for number in range(len(stages))]

    def wait(self, tier: str) -> float | None:
        """Seconds that a query of the tier would wait that came now, at least; `None` where nothing is known."""
        each = [self._seconds(number, tier, self._waiting[number].get(tier, 0.0) + 1) for number in self._numbers()]
        return max((seconds for seconds in each if seconds is not None), default=None)

    def place(self, tier: str, asked_at: int) -> Place | None:
        """Where a query stands that was asked then (ms since the epoch); `None` where nothing is known.

        Its estimate is known if every stage's is.
        """
        if not self._known:
            return None
        position, slowest = 1.0, 0.0
        known = True
        for number in self._numbers():
            stage = self._stages[number]
            position += stage.before(tier, asked_at) if stage is not None else 0.0
            seconds = self._seconds(number, tier, position)
            known = known and seconds is not None
            slowest = max(slowest, seconds or 0.0)
        return Place(round(position), slowest if known else None)

    def _seconds(self, number: int, tier: str, position: float) -> float | None:
        stage = self._stages[number]
        if stage is None or stage.capacity is None:
            return None
        weight = self._weight(tier)
        others = sum(
            min(count, position * self._weight(other) / weight)
            for other, count in self._waiting[number].items()
            if other != tier
        )
        return max(position + others - stage.free, 0.0) / stage.capacity

    def _weight(self, tier: str) -> int:
        return self._weights.get(tier, 1)

    def _numbers(self) -> range:
        return range(len(self._stages))


def _together(stages: Sequence[Stage | None]) -> Mapping[str, float]:
    total: dict[str, float] = {}
    for stage in stages:
        for tier, count in stage.waiting.items() if stage is not None else ():
            total[tier] = total.get(tier, 0.0) + count
    return total
