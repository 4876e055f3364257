"""Each figure of a run stands in the table, beside whose it is, the ratio to the peer's and what was expected."""

from dataclasses import replace

from bench.contenders import PEER
from bench.plan import Plan
from bench.rows import rows
from tests.bench.made import FAST, FIGURES, PLAIN

SHOWN = {(row.what, row.of): row.cells[2:] for row in rows(FIGURES, Plan())}
HALF = "at most 0.5 of the peer's"


def test_posts() -> None:
    """CPU is Envoy's and the processor's together, the broker's is apart, and ratios are the peer's."""
    what = "CPU µs of an accepted POST at 200/s"
    assert ("300", "", "0.50", HALF, "held") == SHOWN[what, FAST]
    assert ("700", "", "1.17", "", "") == SHOWN[what, PLAIN]
    assert ("600", "", "", "", "") == SHOWN[what, PEER]
    assert ("500", "", "", "", "") == SHOWN["- the processor's at 200/s", PLAIN]
    assert ("50", "", "0.83", "", "") == SHOWN["- and the broker's at 200/s", FAST]
    assert ("2.0", "", "1.00", "at most 4", "held") == SHOWN["p50 at 200/s, ms", FAST]


def test_keys() -> None:
    """What a key costs stands beside what it costs to be answered again."""
    at = "at 200/s, a fresh Idempotency-Key in each"
    assert ("500", "", "", "", "") == SHOWN[f"CPU µs of an accepted POST {at}", PLAIN]
    assert ("300", "", "", "", "") == SHOWN["CPU µs of an accepted POST at 200/s, replayed", PLAIN]
    assert (f"CPU µs of an accepted POST {at}", FAST) not in SHOWN


def test_bulk() -> None:
    """A record is compared with the peer's POST, and a core is the processor's alone."""
    what = "CPU µs of a record, NDJSON upload (the peer: a POST of its own)"
    assert ("50", "", "0.08", "at most 0.1 of the peer's", "held") == SHOWN[what, FAST]
    assert ("25000", "", "", "at least 20000", "held") == SHOWN["records a second on one core of the processor", FAST]
    assert "20000" == SHOWN["- with Envoy on that core too", FAST][0]


def test_the_rest() -> None:
    """Questions, answers, the search and memory have lines of their own."""
    asked = "question to first delta, one after the other, 1 questions, p50, ms"
    assert ("100", "", "", "at most 150", "held") == SHOWN[asked, PLAIN]
    spoken = "the generator's CPU µs of a model's delta (200 answers of 60 deltas at once)"
    assert ("150", "", "", "at most 200", "held") == SHOWN[spoken, "generator"]
    found = "top 5 of 1000 chunks, hybrid, without the embedding, p99, ms"
    assert ("9.0", "", "", "at most 10", "held") == SHOWN[found, "Qdrant Edge"]
    assert ("100", "", "", "at most 120", "held") == SHOWN["memory at rest, RSS, MB", "processor-0"]
    assert ("170", "", "", "", "") == SHOWN["memory after the load, RSS, MB", "envoy"]


def test_what_was_not_measured() -> None:
    """A part that nobody asked for has no rows."""
    some = replace(FIGURES, posts={}, bulk={}, asked={}, answers=None, spoken=(), streams=None, search=None, after={})
    assert {"memory at rest, RSS, MB"} == {row.what for row in rows(some, Plan())}
