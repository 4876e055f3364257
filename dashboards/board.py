"""What a dashboard is, before anybody draws it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["lines", "areas", "figure"]


@dataclass(frozen=True, slots=True)
class Query:
    """One query of a panel.

    Attributes:
        expr: PromQL. `$__rate_interval` is Grafana's: four scrapes, or a step where that is longer.
        legend: What its series are called, with `{{label}}` for a label's value.
    """

    expr: str
    legend: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel.

    Attributes:
        title: What is seen.
        why: What it says of the system, and what to think of it.
        queries: What is drawn.
        unit: Grafana's name of the unit.
        kind: `areas` are stacked; a `figure` is the last value, large.
        steps: For a figure, where it turns from green to orange and to red; falling where more is better.
        span: Its width; a row has 24.
    """

    title: str
    why: str
    queries: Sequence[Query]
    unit: str = "short"
    kind: Kind = "lines"
    steps: tuple[float, float] | None = None
    span: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Panels under a heading."""

    title: str
    panels: Sequence[Panel]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One dashboard; `name` is that of its file and the end of its uid."""

    name: str
    title: str
    why: str
    rows: Sequence[Row]

    def panels(self) -> Iterator[Panel]:
        """All of them, in order."""
        for row in self.rows:
            yield from row.panels
