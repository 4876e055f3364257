"""Needs follow from coefficients by arithmetic that can be done by hand."""

from dataclasses import replace

import pytest

from bench.capacity.demand import DAY, Assumptions, Flow, of_queries, of_streams
from bench.capacity.disk import disk
from bench.capacity.limits import limits
from bench.capacity.measured import Measured
from bench.capacity.needs import Need, cells, needs, partitions
from bench.coefficients import coefficients
from bench.errors import CoefficientMissing
from tests.bench.made import FIGURES

ASSUMED = Assumptions()
MEASURED = Measured(gateway="it", machine={}, coefficients=coefficients(FIGURES))


def need(part: str, flow: Flow) -> Need:
    """Of one part."""
    return next(one for one in needs(flow, MEASURED, ASSUMED) if one.part == part)


def test_flows() -> None:
    """The peak is of the day's average; streams are open as long as their answers take."""
    flow = of_queries(DAY, corpus=5, assumed=ASSUMED)
    assert (10.0, 10.0, 50.0, 1080.0) == (flow.queries, flow.chunks, flow.streams, flow.events)
    waiting = of_streams(6000, assumed=ASSUMED)
    assert (0.0, 10.0, 100.0, 400.0) == (waiting.queries, waiting.opened, waiting.events, waiting.pings)


def test_nothing_to_do() -> None:
    """There are two of each part of ours and three brokers all the same, which use what they use at rest."""
    found = needs(Flow(), MEASURED, ASSUMED)
    counts = {one.part: one.processes for one in found}
    assert {"index server": 0, "broker": 3} == {part: count for part, count in counts.items() if count != 2}
    assert pytest.approx(0.02) == need("processor", Flow()).cores
    assert 6 == partitions(found)


def test_processors() -> None:
    """A thousand POSTs a second at 500 microseconds are half a core, and no process is loaded with more than 0.6."""
    assert pytest.approx(0.52) == need("processor", Flow(chunks=1000)).cores
    assert [2, 3] == [need("processor", Flow(chunks=rate)).processes for rate in (2400, 2500)]


def test_results_servers() -> None:
    """Every server reads everything, so that more of them use more together."""
    few, many = need("results", Flow(events=100)), need("results", Flow(events=1700))
    assert pytest.approx(100 * 200e-6 + 100 * 170e-6 + 0.02) == few.cores
    assert (2, 1) == (few.processes, cells(Flow(events=1700), MEASURED, ASSUMED))
    assert many.cores > 17 * few.cores - 1


def test_cells() -> None:
    """Where passing by would fill more than half of what a server may use, streams are shared out among topics."""
    assert [1, 2] == [cells(Flow(events=events), MEASURED, ASSUMED) for events in (1764, 1766)]
    shared = need("results", Flow(events=17_000))
    assert shared.processes % cells(Flow(events=17_000), MEASURED, ASSUMED) == 0
    assert shared.cores / shared.processes <= ASSUMED.busy + 0.01


def test_the_index() -> None:
    """An index that no retriever can hold is a server's, of which each retriever asks."""
    small, large = Flow(queries=10, corpus=1e6), Flow(queries=10, corpus=1e7)
    assert (0, 3) == (need("index server", small).processes, need("index server", large).processes)
    assert pytest.approx(2 * (205 + 4000)) == need("retriever", small).memory
    assert pytest.approx(2 * 205) == need("retriever", large).memory
    assert pytest.approx(80_000) == need("index server", large).memory


def test_brokers() -> None:
    """Each copy costs what the record did."""
    one = replace(ASSUMED, replication=1)
    flow = of_queries(DAY, corpus=0, assumed=ASSUMED)
    single, threefold = (
        next(need.cores - need.processes * 0.01 for need in needs(flow, MEASURED, assumed) if need.part == "broker")
        for assumed in (one, ASSUMED)
    )
    assert pytest.approx(3 * single) == threefold


def test_limits() -> None:
    """The part that carries least is first, and one that is twice as dear carries half."""
    found = limits(MEASURED, ASSUMED)
    assert sorted(one.queries for one in found) == [one.queries for one in found]
    assert "generator" == found[0].part
    assert pytest.approx(0.6 * 1e6 / (300 * 150)) == found[0].queries
    assert {"processor", "processor, native, librdkafka"} <= {one.part for one in found}


def test_disks() -> None:
    """Copies count, and what is compacted stays."""
    one, three = (disk(1000, corpus=1000, assumed=replace(ASSUMED, replication=count)) for count in (1, 3))
    assert pytest.approx(3 * one.passing) == three.passing
    assert pytest.approx(3 * 1000 * 4500 / 1e9) == three.kept


def test_what_was_not_measured() -> None:
    """A coefficient that the run has not is an error that names it."""
    with pytest.raises(CoefficientMissing, match=r"no envoy\.post_us"):
        needs(Flow(), replace(MEASURED, coefficients={}), ASSUMED)
