"""How fast the budget of an objective burns: two windows each, so that an alert comes soon and ends soon.

The factors are those of Google's Site Reliability Workbook, chapter 5: 14.4 spends 2 % of a month's budget in an hour,
6 spends 5 % in six hours, 3 and 1 spend 10 % in one day and in three.
"""

from collections.abc import Sequence

from dashboards.rules.objectives import OBJECTIVES, WINDOWS, Objective
from dashboards.rules.rule import Alert, Condition, Group, Recorded

FAST = ((14.4, "1h", "5m"), (6.0, "6h", "30m"))
SLOW = ((3.0, "1d", "2h"), (1.0, "3d", "6h"))


def burning() -> Sequence[Group]:
    """For each objective what is recorded, and its two alerts."""
    return [
        Group(name=f"sluice-{objective.name}", rules=[*_recorded(objective), *_alerts(objective)])
        for objective in OBJECTIVES
    ]


def _recorded(objective: Objective) -> Sequence[Recorded]:
    return [Recorded(record=objective.record(window), expr=objective.errors(window)) for window in WINDOWS]


def _alerts(objective: Objective) -> Sequence[Alert]:
    promise = f"{100 * objective.kept:g} % {objective.good}"
    return [
        Alert(
            name=f"{objective.alert}BurnsFast",
            any_of=[_pair(objective, *pair) for pair in FAST],
            lasting="2m",
            severity="page",
            summary=f"The month's budget will be gone in hours. Promised: {promise}.",
        ),
        Alert(
            name=f"{objective.alert}BurnsSlowly",
            any_of=[_pair(objective, *pair) for pair in SLOW],
            lasting="15m",
            severity="ticket",
            summary=f"The month's budget will not last. Promised: {promise}.",
        ),
    ]


def _pair(objective: Objective, factor: float, long: str, short: str) -> Sequence[Condition]:
    limit = factor * objective.budget
    return [Condition(objective.record(window), ">", limit) for window in (long, short)]
