"""What a rule of Prometheus is, before it is written down."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Severity = Literal["page", "ticket"]

RUNBOOKS = "docs/operations.md"
"""Where each alert has a section of its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A query whose result is kept under a name."""

    record: str
    expr: str


@dataclass(frozen=True, slots=True)
class Condition:
    """A query, and the value past which it is wrong; the query alone always gives something while the system runs."""

    signal: str
    op: Literal[">", "<"]
    limit: float

    @property
    def expr(self) -> str:
        """PromQL that gives something where it is wrong."""
        return f"{self.signal} {self.op} {self.limit:.12g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Somebody is called, or told.

    Attributes:
        name: Also the heading of its section in `RUNBOOKS`.
        any_of: It fires where all conditions of one of these hold.
        lasting: For how long they have to.
        severity: `page` wakes somebody up; `ticket` can wait for the day.
        summary: One line of what is wrong, for whoever is called.
    """

    name: str
    any_of: Sequence[Sequence[Condition]]
    lasting: str
    severity: Severity
    summary: str

    @property
    def expr(self) -> str:
        """PromQL that gives something where the alert fires."""
        ways = [" and ".join(condition.expr for condition in way) for way in self.any_of]
        return ways[0] if len(ways) == 1 else " or ".join(f"({way})" for way in ways)

    @property
    def runbook(self) -> str:
        """Where it says what to do."""
        return f"{RUNBOOKS}#{self.name.lower()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rules that are evaluated together, in order."""

    name: str
    rules: Sequence[Recorded | Alert]


def when(signal: str, op: Literal[">", "<"], limit: float) -> Sequence[Sequence[Condition]]:
    """The one condition of an alert that has one."""
    return [[Condition(signal, op, limit)]]
