"""What was measured of one generator: with transactions and without, and while a model speaks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

GENERATOR = "generator"

WITH, WITHOUT = "with transactions", "without transactions"
VARIANTS: Mapping[str, Mapping[str, bool]] = {
    WITH: {"workers.transactions": True},
    WITHOUT: {"workers.transactions": False},
}
"""By name, by what its gateway.yaml differs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stint:
    """What one generator did with a backlog, and before it with little to do.

    Attributes:
        rate: Answers a second while contexts wait.
        cpu: CPU microseconds of each of those answers, by process; `kafka` is the broker.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """Answers that a model streamed, all asked at once.

    Attributes:
        answers: How many.
        tokens: Deltas of the model's streams, for each answer.
        events: Events with text, into which they were gathered, for each answer.
        cpu: CPU microseconds of each answer, by process.
    """

    answers: int
    tokens: float
    events: float
    cpu: Mapping[str, float]

    @property
    def delta(self) -> float:
        """CPU microseconds of the generator for a delta of the model's, with everything that an answer costs besides."""
        return self.cpu[GENERATOR] / self.tokens
