"""How many were asked before a moment, by what is known of a few of them."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ext_proc.load.line import Line, lane, unread

moments = st.integers(1, 10_000)
asked = st.lists(moments, min_size=1, max_size=400).map(sorted)


def sampled(times: Sequence[int], marks: int = 32) -> list[int]:
    """What a worker says of them: all, or so many, evenly spread from the first to the last."""
    if len(times) <= marks:
        return list(times)
    return [times[round(number * (len(times) - 1) / (marks - 1))] for number in range(marks)]


@given(st.lists(moments, max_size=32), moments)
def test_few_are_counted_exactly(times: list[int], moment: int) -> None:
    """Where a worker says of each when it was asked, nothing is guessed, in whatever order it says so."""
    line = Line(lane(len(times), times))
    assert line.before(moment) == pytest.approx(sum(time < moment for time in times))


@given(asked, st.lists(moments, max_size=32), moments)
def test_many_are_counted_to_within_two_marks(times: list[int], others: list[int], moment: int) -> None:
    """Between two marks an even pace is taken on, so the guess is out by no more than lie between them."""
    line = Line([*lane(len(times), sampled(times)), *lane(len(others), others)])
    exact = sum(time < moment for time in [*times, *others])
    assert line.before(moment) == pytest.approx(exact, abs=2 * len(times) / 31 + 1)


@given(asked, st.integers(0, 50), moments, moments)
def test_never_fewer_for_a_later_moment(times: list[int], behind: int, one: int, other: int) -> None:
    """Whoever was asked earlier stands no further back."""
    bends = [*lane(len(times), sampled(times)), *unread(behind, after=times[-1], until=10_000)]
    line = Line(bends)
    earlier, later = sorted((one, other))
    assert line.before(earlier) <= line.before(later) + 1e-6


@given(asked, st.integers(0, 50))
def test_in_the_end_it_is_all_of_them(times: list[int], behind: int) -> None:
    """Whoever comes now stands behind everybody."""
    line = Line([*lane(len(times), sampled(times)), *unread(behind, after=times[-1], until=20_000)])
    assert line.before(20_001) == pytest.approx(len(times) + behind)


@pytest.mark.parametrize(
    ("waiting", "marks", "moment", "expected"),
    [
        (0, [], 50, 0),
        (0, [10], 50, 0),
        (5, [], 1, 5),
        (5, [10], 10, 0),
        (5, [10], 11, 5),
        (3, [10, 10], 11, 3),
        (101, [100, 200], 150, 50.5),
        (101, [100, 200], 200, 100),
        (101, [100, 200], 201, 101),
        (1, [10, 20, 30], 40, 1),
    ],
)
def test_a_lane(waiting: int, marks: list[int], moment: int, expected: float) -> None:
    """Where nothing says when they were asked, all of them count as earlier; two marks are a straight line."""
    assert Line(lane(waiting, marks)).before(moment) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("after", "moment", "expected"), [(None, 1, 10.0), (100, 100, 0.0), (100, 150, 5.0), (100, 300, 10.0)]
)
def test_what_is_unread(after: int | None, moment: int, expected: float) -> None:
    """It was asked after the last one that was read, and before its worker said so."""
    assert Line(unread(10, after=after, until=200)).before(moment) == pytest.approx(expected)


def test_a_worker_whose_clock_is_behind() -> None:
    """It says so before the last one that it has read was asked: all that it has not read was asked just then."""
    assert Line(unread(10, after=100, until=50)).before(101) == pytest.approx(10)
