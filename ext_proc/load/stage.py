"""What the workers of one stage say, put together."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ext_proc.load.line import Bend, Line, lane, unread
from schemas.load import Load


@dataclass(frozen=True, slots=True)
class Report:
    """What a worker said last, and when, in ms since the epoch."""

    load: Load
    at: int


class Stage:
    """The workers of one stage, of which there is at least one, as if they were one.

    What a worker has not read is shared out among the tiers as what waits at it is, or else as what waits at all of
    them; where nothing does, it is the lowest tier's.
    """

    def __init__(self, reports: Sequence[Report], *, lowest: str) -> None:
        self._reports = reports
        self._lowest = lowest
        self._lines: dict[str, Line] = {}

    @cached_property
    def waiting(self) -> Mapping[str, float]:
        """Queries that were not begun, by tier."""
        count: Counter[str] = Counter()
        for load in self._loads():
            count.update(_waiting(load))
        total: dict[str, float] = dict(count)
        for load in self._loads():
            for tier, part in self._parts(load).items():
                total[tier] = total.get(tier, 0.0) + part * max(load.behind, 0)
        return total

    @cached_property
    def free(self) -> int:
        """Queries that could be begun at once."""
        room = sum(load.concurrency for load in self._loads())
        return max(room - sum(each.in_work for load in self._loads() for each in load.lanes.values()), 0)

    @cached_property
    def capacity(self) -> float | None:
        """Queries that are handled in a second while all are busy; `None` where none has been handled yet.

        A worker that has handled none is taken to be as quick as the others are.
        """
        known = [load.seconds for load in self._loads() if load.seconds > 0]
        if not known:
            return None
        mean = sum(known) / len(known)
        return sum(load.concurrency / (load.seconds if load.seconds > 0 else mean) for load in self._loads()) or None

    def before(self, tier: str, moment: int) -> float:
        """How many of the tier were asked before that moment, of those that wait."""
        line = self._lines.get(tier)
        if line is None:
            line = self._lines[tier] = Line(self._bends(tier))
        return line.before(moment)

    def _bends(self, tier: str) -> Iterator[Bend]:
        for report in self._reports:
            load = report.load
            if tier in load.lanes:
                yield from lane(load.lanes[tier].waiting, load.lanes[tier].marks)
            latest = max((mark for each in load.lanes.values() for mark in each.marks), default=None)
            yield from unread(load.behind * self._parts(load).get(tier, 0.0), after=latest, until=report.at)

    def _parts(self, load: Load) -> Mapping[str, float]:
        return _shares(_waiting(load)) or self._common

    @cached_property
    def _common(self) -> Mapping[str, float]:
        total: Counter[str] = Counter()
        for load in self._loads():
            total.update(_waiting(load))
        return _shares(total) or {self._lowest: 1.0}

    def _loads(self) -> Iterable[Load]:
        return (report.load for report in self._reports)


def _waiting(load: Load) -> Mapping[str, int]:
    return {tier: each.waiting for tier, each in load.lanes.items() if each.waiting > 0}


def _shares(waiting: Mapping[str, int]) -> Mapping[str, float]:
    total = sum(waiting.values())
    return {tier: count / total for tier, count in waiting.items()}
