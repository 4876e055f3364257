"""Everything that one run measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.delivery import Delivery
from bench.posts import Round
from bench.processes import Memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One run.

    Attributes:
        rest: What each process holds before any load.
        after: What each that took part in the load holds after it.
        questions: Milliseconds to the first delta, by how many were asked at once.
        deliveries: One for each number of streams.
        posts: The rounds of each contender.
        load: The machine's load average before and after the run.
    """

    rest: Mapping[str, Memory]
    after: Mapping[str, Memory]
    questions: Mapping[int, Sequence[float]]
    deliveries: Sequence[Delivery]
    posts: Mapping[str, Sequence[Round]]
    load: tuple[float, float]
