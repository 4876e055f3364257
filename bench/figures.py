"""Everything that one run measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.answers.figures import AnswerFigures
from bench.posts import Round
from bench.processes import Memory
from bench.streams.figures import StreamFigures


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One run; empty where a part was not asked for.

    Attributes:
        rest: What each process holds before any load.
        after: What each that took part in the POSTs holds after them.
        questions: Milliseconds to the first delta, by how many were asked at once.
        answers: One generator's, with transactions and without.
        streams: Everything about streams of results.
        posts: The rounds of each contender.
        load: The machine's load average before and after the run.
    """

    rest: Mapping[str, Memory]
    after: Mapping[str, Memory]
    questions: Mapping[int, Sequence[float]]
    answers: AnswerFigures | None
    streams: StreamFigures | None
    posts: Mapping[str, Sequence[Round]]
    load: tuple[float, float]
