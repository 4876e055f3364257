"""A slice is a figure only where every request was accepted."""

from dataclasses import replace

import pytest

from bench.address import Address
from bench.contenders import Contender
from bench.errors import Unmeasured
from bench.job import LoadResult
from bench.slices import summary

IT = Contender(name="it", at=Address(port=1), requests=[], pids={}, accepts=frozenset({"202", "204"}))


def result(**statuses: int) -> LoadResult:
    """Two seconds of load."""
    named = {name.removeprefix("_"): count for name, count in statuses.items()}
    return LoadResult(seconds=2.0, statuses=named, latencies=[1.0, 2.0], late=[0.1, 0.2], cpu=0.5)


def test_summary() -> None:
    """Rates are by the second, CPU by the microsecond of each accepted, and the broker's is not the contender's own."""
    found = summary(IT, result(_202=500), {"envoy": 0.5, "processor-0": 1.0, "kafka": 0.25})
    assert pytest.approx(250.0) == found.rate
    assert pytest.approx({"envoy": 1000.0, "processor-0": 2000.0, "kafka": 500.0}) == found.cpu
    assert pytest.approx(3000.0) == found.own_cpu
    assert pytest.approx(0.25) == found.generator
    assert pytest.approx(10.0) == summary(IT, result(_202=15, _204=5), {}).rate


@pytest.mark.parametrize("statuses", [{}, {"_202": 10, "_429": 1}, {"_202": 10, "lost": 1}, {"_401": 5}])
def test_refusals_are_not_averaged(statuses: dict[str, int]) -> None:
    """One refusal among thousands makes the slice a figure of something else."""
    with pytest.raises(Unmeasured, match="it could not be measured"):
        summary(IT, result(**statuses), {})


def test_replays_are_not_averaged() -> None:
    """Replaying is cheaper than accepting: either all are replayed, as was asked for, or none."""
    some, every = replace(result(_202=10), replayed=3), replace(result(_202=10), replayed=10)
    assert pytest.approx(5.0) == summary(IT, every, {}, replayed=True).rate
    for found, replayed in ((some, True), (some, False), (every, False), (result(_202=10), True)):
        with pytest.raises(Unmeasured, match=r"of 10 answers \d+ were replayed"):
            summary(IT, found, {}, replayed=replayed)
