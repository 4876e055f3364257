"""Figures are values that were measured, and their spread."""

import pytest

from bench.stats import Spread, micros, p50, p99, quantile


@pytest.mark.parametrize(
    ("q", "expected"), [(0.0, 1.0), (0.01, 1.0), (0.5, 50.0), (0.501, 51.0), (0.99, 99.0), (1.0, 100.0)]
)
def test_quantile_is_the_nearest_rank(q: float, expected: float) -> None:
    """Of the numbers from 1 to 100, whatever their order, the quantile is the one of that rank."""
    assert expected == quantile([float(n) for n in range(100, 0, -1)], q)


def test_quantile_of_one_value() -> None:
    """One value is every quantile."""
    assert (7.0, 7.0) == (p50([7.0]), p99([7.0]))


def test_quantile_of_nothing() -> None:
    """Nothing measured is an error and never a zero."""
    with pytest.raises(ValueError, match="no values"):
        quantile([], 0.5)


def test_spread() -> None:
    """The median of the rounds stands between the lowest and the highest of them."""
    assert Spread(median=3.0, low=1.0, high=9.0) == Spread.of([9.0, 1.0, 3.0])


def test_micros() -> None:
    """Two seconds for 500 are four thousand microseconds for each."""
    assert micros(2.0, 500) == pytest.approx(4000.0)
