"""The whole bench, in seconds: it ends, and it measures everything that it says."""

import re
from pathlib import Path

import pytest

from bench.__main__ import main
from bench.capacity.demand import Assumptions, of_queries
from bench.capacity.limits import limits
from bench.capacity.measured import Measured
from bench.capacity.needs import needs
from bench.row import HEAD

SHORT = (
    *("--seconds", "0.5", "--rounds", "1", "--questions", "2", "--streams", "3", "8", "--quiet", "5"),
    *("--records", "300", "--chunks", "300", "--variants"),  # the system's own gateway, and no other
)
PARTS = (
    "CPU µs of an accepted POST at 200/s",
    "fresh Idempotency-Key",
    "replayed",
    "NDJSON upload",
    "question to first delta",
    "CPU µs of a model's delta",
    "answers a second of one generator",
    "context to terminal event",
    "3 streams, 2000 events a second",
    "5 streams, 50 events a second",
    "8 streams, as fast as records are written",
    "record that nobody watches",
    "memory of an idle stream",
    "top 5 of 300 chunks",
    "memory at rest",
)


@pytest.mark.system
@pytest.mark.timeout(300)
def test_a_short_run(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """It prints its table, and writes the same figures to its document and what capacity needs beside it."""
    document = tmp_path / "performance.md"
    main([*SHORT, "--document", str(document)])
    printed, written = capfd.readouterr().out, document.read_text(encoding="utf-8")
    figures = re.findall(r"^\| (.+?) \|", written, re.MULTILINE)
    assert all(name in printed for name in HEAD)
    for part in PARTS:
        assert any(part in figure for figure in figures)
        assert part in printed
    measured = Measured.read(tmp_path / "performance.json")
    assert limits(measured, Assumptions())
    assert needs(of_queries(1000, corpus=1000, assumed=Assumptions()), measured, Assumptions())
