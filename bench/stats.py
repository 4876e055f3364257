"""The arithmetic of the figures."""

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Self


def quantile(values: Iterable[float], q: float) -> float:
    """The smallest value that at least `q` of all values do not exceed (nearest rank): always one that was measured.

    Raises:
        ValueError: There are no values.
    """
    ordered = sorted(values)
    if not ordered:
        msg = "no values were measured"
        raise ValueError(msg)
    return ordered[max(math.ceil(q * len(ordered)), 1) - 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A figure over several rounds: the median of the rounds, and the lowest and highest of them."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Self:
        """The spread of at least one value."""
        ordered = sorted(values)
        return cls(median=statistics.median(ordered), low=ordered[0], high=ordered[-1])

    @classmethod
    def over(cls, rounds: Sequence[Sequence[float]], figure: Callable[[Sequence[float]], float]) -> Self:
        """The spread of a figure of each round."""
        return cls.of(figure(one) for one in rounds)


def p50(values: Sequence[float]) -> float:
    """Half of the values are no greater."""
    return quantile(values, 0.50)


def p99(values: Sequence[float]) -> float:
    """One in a hundred is greater."""
    return quantile(values, 0.99)


def micros(seconds: float, count: float) -> float:
    """CPU microseconds of each of what was counted."""
    return 1e6 * seconds / count
