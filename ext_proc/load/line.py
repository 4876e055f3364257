"""One tier's queries that wait at the workers of one stage, by when they were asked.

Of each worker's lane a few moments are known, evenly spread over those that wait. In between they are taken to have
been asked at an even pace, so that what comes out is a curve of straight pieces, and the sum of several lanes is one too.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple


class Bend(NamedTuple):
    """Where a curve changes, in ms since the epoch: it rises by `jump` at once, and by `slope` more each ms from then on."""

    at: int
    jump: float
    slope: float


class Line:
    """Counts those that were asked before a moment. Immutable; a look costs a bisection."""

    __slots__ = ("_slopes", "_times", "_values")

    def __init__(self, bends: Iterable[Bend]) -> None:
        self._times: list[int] = []
        self._values: list[float] = []
        self._slopes: list[float] = []
        value = slope = 0.0
        last = 0
        for at, jump, change in sorted(bends):
            value += slope * (at - last) + jump
            slope += change
            last = at
            self._times.append(at)
            self._values.append(value)
            self._slopes.append(slope)

    def before(self, moment: int) -> float:
        """How many were asked before that moment; never fewer for a later one."""
        place = bisect_left(self._times, moment) - 1
        if place < 0:
            return 0.0
        return self._values[place] + max(self._slopes[place], 0.0) * (moment - self._times[place])


def lane(waiting: int, marks: Sequence[int]) -> Iterator[Bend]:
    """Those of one lane. Where nothing says when they were asked, each is taken to have been there before everybody."""
    known = sorted(marks)[:waiting]
    if len(known) < 2:
        if waiting > 0:
            yield Bend(known[0] if known else 0, waiting, 0.0)
        return
    between = (waiting - 1) / (len(known) - 1) - 1  # that lie between two marks
    for mark, following in pairwise(known):
        if following > mark:
            yield Bend(mark, 1.0, between / (following - mark))
            yield Bend(following, 0.0, -between / (following - mark))
        else:
            yield Bend(mark, 1.0 + between, 0.0)
    yield Bend(known[-1], 1.0, 0.0)


def unread(count: float, *, after: int | None, until: int) -> Iterator[Bend]:
    """Those that a worker has not read: asked since the last one that it has, evenly, up to when it said so."""
    if count <= 0:
        return
    if after is None:
        yield Bend(0, count, 0.0)
        return
    until = max(until, after + 1)
    yield Bend(after, 0.0, count / (until - after))
    yield Bend(until, 0.0, -count / (until - after))
