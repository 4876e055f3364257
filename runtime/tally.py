"""Counting where every microsecond is paid for by a request: plain numbers, of one event loop, read when a page is asked for.

prometheus-client's own counters are locked and looked up by label for each count, three microseconds in all; a request
through a chain of plugins makes ten. These know nothing of it: `runtime.metrics` puts them onto the page.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import TypeVar

T = TypeVar("T")
Labels = tuple[str, ...]


class Count:
    """One number that only grows."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0

    def inc(self) -> None:
        """Counts one."""
        self.value += 1


class Level:
    """One number that goes up and down."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0

    def set(self, value: int) -> None:
        """It is so much now."""
        self.value = value


class Times:
    """How often so many seconds were observed, by upper bound."""

    __slots__ = ("_bounds", "_counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, seconds: float) -> None:
        """Counts so many seconds."""
        self._counts[bisect_left(self._bounds, seconds)] += 1
        self.total += seconds

    def cumulated(self) -> Sequence[tuple[str, int]]:
        """How many were at most each bound, the last of which is infinite."""
        names = (*map(str, map(float, self._bounds)), "+Inf")
        return list(zip(names, accumulate(self._counts), strict=True))


class Tally:
    """A counter with labels."""

    kind = "counter"

    def __init__(self, name: str, help: str, labels: Sequence[str]) -> None:  # noqa: A002 - as the page calls it
        self.name = name
        self.help = help
        self.labelled = tuple(labels)
        self.children: dict[Labels, Count] = {}  # bounded as every metric's labels are

    def labels(self, *values: str) -> Count:
        """The count for these values; it may be kept."""
        child = self.children.get(values)
        if child is None:
            child = self.children[_checked(self, values)] = Count()
        return child


class Timing:
    """A histogram of seconds with labels."""

    kind = "histogram"

    def __init__(self, name: str, help: str, labels: Sequence[str], *, bounds: Sequence[float]) -> None:  # noqa: A002 - as above
        self.name = name
        self.help = help
        self.labelled = tuple(labels)
        self._bounds = tuple(bounds)
        self.children: dict[Labels, Times] = {}  # bounded as above

    def labels(self, *values: str) -> Times:
        """The times for these values; they may be kept."""
        child = self.children.get(values)
        if child is None:
            child = self.children[_checked(self, values)] = Times(self._bounds)
        return child


def _checked(metric: Tally | Timing, values: Labels) -> Labels:
    if len(values) != len(metric.labelled):
        msg = f"{metric.name} has the labels {metric.labelled}, and is given {values}"
        raise ValueError(msg)
    return values
