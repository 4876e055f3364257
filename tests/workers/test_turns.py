"""Tests of turns among lanes."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from workers.turns import Turns

WEIGHTS = {"free": 1, "standard": 4, "enterprise": 16}


def test_busy_lanes_share_by_weight() -> None:
    """Of 21 turns each has as many as it weighs."""
    turns = Turns(WEIGHTS)

    assert Counter(turns.next(WEIGHTS) for _ in range(210)) == {"free": 10, "standard": 40, "enterprise": 160}


def test_an_idle_lane_saves_nothing_up() -> None:
    """After a hundred turns of the other one it has its share, and no more."""
    turns = Turns({"a": 1, "b": 1})
    for _ in range(100):
        turns.next({"a"})

    assert Counter(turns.next({"a", "b"}) for _ in range(10)) == {"a": 5, "b": 5}


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 20), min_size=1))
def test_nobody_starves(weights: dict[str, int]) -> None:
    """However the weights are, each lane has a turn before the others have had all of theirs twice."""
    turns = Turns(weights)

    assert {turns.next(weights) for _ in range(2 * sum(weights.values()))} == weights.keys()
