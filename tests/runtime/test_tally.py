"""Our own counters, and what the page shows of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.exposition import generate_latest

from runtime.metrics import Registry
from runtime.tally import Level, Tally, Times

BOUNDS = (0.001, 0.01, 0.1)


def test_what_is_counted_is_on_the_page() -> None:
    """Each combination of labels is a line."""
    registry = Registry(process=False)
    tally = registry.tally("things_total", "Things.", ["kind", "colour"])
    tally.labels("ball", "red").inc()
    tally.labels("ball", "red").inc()
    tally.labels("cube", "red").inc()
    page = registry.page().decode()
    assert "# TYPE things_total counter" in page
    assert 'things_total{colour="red",kind="ball"} 2.0' in page
    assert 'things_total{colour="red",kind="cube"} 1.0' in page


@given(seconds=st.lists(st.floats(min_value=0, max_value=1) | st.sampled_from(BOUNDS)))
def test_times_are_shown_as_prometheus_shows_them(seconds: list[float]) -> None:
    """Bounds belong to what is below them, and each counts all that is at most as long, as in the library's histogram."""
    registry, theirs = Registry(process=False), CollectorRegistry()
    timing = registry.timing("work_seconds", "Work.", ["step"], bounds=BOUNDS)
    reference = Histogram("work_seconds", "Work.", ["step"], buckets=BOUNDS, registry=theirs)
    for each in seconds:
        timing.labels("a").observe(each)
        reference.labels("a").observe(each)
    expected = [line for line in generate_latest(theirs).decode().splitlines() if "_created" not in line]
    assert registry.page().decode().splitlines() == (expected if seconds else expected[:2])


def test_a_child_may_be_kept() -> None:
    """Whoever counts often looks its labels up once."""
    tally = Tally("things_total", "Things.", ["kind"])
    assert tally.labels("ball") is tally.labels("ball")


def test_labels_are_counted() -> None:
    """Too few or too many are a mistake of ours, found with the first count."""
    with pytest.raises(ValueError, match="has the labels"):
        Tally("things_total", "Things.", ["kind"]).labels("ball", "red")


def test_a_level_is_what_it_was_set_to_last() -> None:
    """It goes down, too."""
    level = Level()
    level.set(3)
    level.set(2)
    assert level.value == 2


def test_what_is_longer_than_every_bound_is_counted_too() -> None:
    """The last bound is infinite."""
    times = Times(BOUNDS)
    times.observe(5.0)
    assert list(times.cumulated()) == [("0.001", 0), ("0.01", 0), ("0.1", 0), ("+Inf", 1)]
