"""What was measured of one generator, with transactions and without."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

GENERATOR = "generator"

WITH, WITHOUT = "with transactions", "without"
VARIANTS: Mapping[str, bool] = {WITH: True, WITHOUT: False}
"""By name, what `workers.transactions` is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stint:
    """What one generator did with a backlog, and before it with little to do.

    Attributes:
        rate: Answers a second while contexts wait.
        cpu: CPU seconds for 1000 of those answers, by process; `kafka` is the broker.
        ends: With little to do, milliseconds from before a context was made to its terminal event.
        texts: And to its first text.
    """

    rate: float
    cpu: Mapping[str, float]
    ends: Sequence[float]
    texts: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFigures:
    """By variant, round by round.

    Attributes:
        calm: Contexts a second with little to do.
    """

    stints: Mapping[str, Sequence[Stint]]
    calm: float
