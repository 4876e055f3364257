"""A share of a limit is kept, whatever is taken and whenever the share changes."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.bucket import Bucket

MINUTE = 60.0


def bucket(*, per_minute: int = 60, share: float = 1.0) -> Bucket:
    """One that begins at time 0."""
    made = Bucket(per_minute=per_minute)
    made.resize(share, now=0.0)
    return made


def test_it_begins_empty_and_fills_steadily() -> None:
    """At its share of the limit."""
    assert bucket().wait(1, now=0.0) == 1.0
    assert bucket(share=0.25).wait(1, now=0.0) == 4.0
    assert bucket().wait(1, now=0.5) == 0.5
    assert bucket().wait(1, now=1.0) == 0.0


def test_without_a_share_nothing_comes() -> None:
    """However long one waits."""
    assert bucket(share=0.0).wait(1, now=9e9) == math.inf


def test_a_second_is_saved_up_and_no_more() -> None:
    """Of ten in a second, ten."""
    made = bucket(per_minute=600)
    for _ in range(10):
        assert made.wait(1, now=100.0) == 0.0
        made.take(1, now=100.0)
    assert made.wait(1, now=100.0) == pytest.approx(0.1)


def test_what_is_larger_than_a_burst_is_paid_off_afterwards() -> None:
    """Were it to wait until there is enough, it would wait for ever."""
    made = bucket(per_minute=600)
    assert made.wait(100, now=1.0) == 0.0
    made.take(100, now=1.0)
    assert made.wait(1, now=1.0) == pytest.approx(9.1)


def test_what_is_given_back_is_there() -> None:
    """Up to the bound."""
    made = bucket()
    made.take(1, now=1.0)
    made.take(-5, now=1.0)
    assert made.wait(1, now=1.0) == 0.0
    made.take(1, now=1.0)
    assert made.wait(1, now=1.0) == 1.0


def test_a_share_that_grows_brings_nothing_with_it() -> None:
    """And one that shrinks keeps no more than it may have."""
    made = bucket(per_minute=600, share=0.1)
    made.resize(1.0, now=1.0)
    made.take(1, now=1.0)
    assert made.wait(1, now=1.0) == pytest.approx(0.1)
    made.resize(0.1, now=60.0)
    made.take(1, now=60.0)
    assert made.wait(1, now=60.0) == pytest.approx(1.0)


Steps = st.lists(st.tuples(st.floats(0, 5), st.integers(0, 4), st.sampled_from([0.5, 1, 3, 40])), max_size=60)


@given(steps=Steps, per_minute=st.sampled_from([6, 60, 600, 6000]))
def test_what_two_take_while_they_hand_shares_over_is_never_over_the_limit(
    steps: list[tuple[float, int, float]], per_minute: int
) -> None:
    """By more than a burst of each and the largest that was taken: the rest is what time has brought."""
    one, two = bucket(per_minute=per_minute), bucket(per_minute=per_minute, share=0.0)
    now, taken = 0.0, 0.0
    for seconds, quarters, amount in steps:
        now += seconds
        one.resize(quarters / 4, now=now)
        two.resize(1 - quarters / 4, now=now)
        for each in (one, two):
            if each.wait(amount, now=now) == 0:
                each.take(amount, now=now)
                taken += amount
    rate = per_minute / MINUTE
    assert taken <= rate * now + 2 * max(rate, 1) + 2 * 40
