"""A run replaces what was measured and nothing else."""

from pathlib import Path

import pytest

from bench.errors import DocumentUnmarked
from bench.machine import facts
from bench.plan import Plan
from bench.report import END, START, command, measured, write
from bench.rows import rows
from tests.bench.made import FIGURES


def test_what_people_wrote_stays(tmp_path: Path) -> None:
    """The part between the marks is replaced, as often as one likes."""
    document = tmp_path / "performance.md"
    document.write_text(f"before\n{START}old\n{END}after\n", encoding="utf-8")
    write(document, "first")
    write(document, "second")
    assert f"before\n{START}\nsecond\n{END}after\n" == document.read_text(encoding="utf-8")


def test_a_new_document(tmp_path: Path) -> None:
    """Where there is no document one is made, with the command and the machine beside the figures."""
    document, plan = tmp_path / "new.md", Plan(seconds=2.0, rounds=1)
    write(document, measured(FIGURES, plan, table=rows(FIGURES, plan), machine=facts()))
    text = document.read_text(encoding="utf-8")
    assert "`BENCH_SECONDS=2 BENCH_ROUNDS=1 make bench`" in text
    assert "| p99 at 200/s, ms | native, librdkafka | 3.0 |  | 1.00 | at most 20 | held |" in text
    assert "Of 15 expectations 15 held." in text
    assert "load average was 0.5 before the run and 1.5 after it" in text
    assert "| Kafka | 4." in text


def test_the_whole_command() -> None:
    """A run in full is `make bench` and nothing more."""
    assert "make bench" == command(Plan())


def test_a_document_without_marks(tmp_path: Path) -> None:
    """A document that does not say where its figures are is left alone."""
    document = tmp_path / "other.md"
    document.write_text("mine\n", encoding="utf-8")
    with pytest.raises(DocumentUnmarked, match=r"other\.md has no marks"):
        write(document, "figures")
    assert "mine\n" == document.read_text(encoding="utf-8")
