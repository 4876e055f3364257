"""docs/scaling.md holds what follows from docs/performance.json."""

from pathlib import Path

import pytest

from bench.capacity import document
from bench.capacity.__main__ import main
from bench.capacity.check import Check, predicted
from bench.capacity.measured import Measured
from bench.coefficients import coefficients
from tests.bench.made import FIGURES

MEASURED = Measured(gateway="it", machine={"processor": "one", "peer": "none"}, coefficients=coefficients(FIGURES))
PARTS = ("envoy", "processor", "results", "embedder", "retriever", "generator", "broker")
CHECK = Check(seconds=10.0, queries=10.0, chunks=2.0, events=20.0, cores=dict.fromkeys(PARTS, 0.1), answered_ms=90.0)
TEXT = "before\n<!-- computed: check -->\nold\n<!-- end -->\nafter\n<!-- computed: machine -->\n<!-- end -->\n"


def test_fresh() -> None:
    """The tables that are committed are those that the committed coefficients give."""
    assert document.fresh()
    assert 0 == main(["--check"])


def test_predicted() -> None:
    """Rest and load add up; what both results servers and both retrievers do counts twice."""
    found = predicted(CHECK, MEASURED)
    assert pytest.approx(0.01 + 0.01 + 2 * 200e-6) == found["envoy"]
    assert pytest.approx(0.02 + 0.01 + 200 * 170e-6) == found["results"]
    assert pytest.approx(0.02 + 0.01 + 2 * 0.04) == found["embedder"]
    assert pytest.approx(0.02 + 0.01 + 2 * 2 * 500e-6) == found["retriever"]


def test_filled() -> None:
    """Tables stand between their marks, and what people wrote stays; a second time changes nothing."""
    text = document.filled(TEXT, MEASURED, check=CHECK)
    assert text.startswith("before\n<!-- computed: check -->\n\n| part |")
    assert "| results | 0.064 | 0.100 | 1.56 |" in text
    assert "| processor | one |" in text
    assert "peer" not in text
    assert "old" not in text
    assert text == document.filled(text, MEASURED, check=CHECK)


def test_what_was_not_checked() -> None:
    """Without a run the document says how to make one."""
    assert "`python -m bench.two`" in document.filled(TEXT, MEASURED, check=None)


def test_stale(tmp_path: Path) -> None:
    """A document whose tables are another run's is found."""
    path = tmp_path / "scaling.md"
    path.write_text(TEXT, encoding="utf-8")
    assert not document.fresh(path)
    document.write(path)
    assert document.fresh(path)
