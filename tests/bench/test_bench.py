"""The whole bench, in seconds: it ends, and it measures everything that it says."""

import re
from pathlib import Path

import pytest

from bench.__main__ import main
from bench.row import HEAD

SHORT = ("--seconds", "0.5", "--rounds", "1", "--questions", "2", "--streams", "3", "8", "--quiet", "5")
PARTS = (
    "accepted POSTs",
    "p99 at 200/s",
    "fresh Idempotency-Key",
    "replayed",
    "question to first delta",
    "answers a second of one generator, with transactions",
    "context to terminal event",
    "3 streams, 2000 events a second",
    "5 streams, 50 events a second",
    "8 streams, as fast as records are written",
    "record that nobody watches",
    "memory of an idle stream",
    "memory at rest, peer",
)


@pytest.mark.system
@pytest.mark.timeout(300)
def test_a_short_run(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """It prints its table and writes the same figures to its document."""
    document = tmp_path / "performance.md"
    main([*SHORT, "--document", str(document)])
    printed, written = capfd.readouterr().out, document.read_text(encoding="utf-8")
    figures = re.findall(r"^\| (.+?) \|", written, re.MULTILINE)
    assert all(name in printed for name in HEAD)
    for part in PARTS:
        assert any(part in figure for figure in figures)
        assert part in printed
