"""A run replaces what was measured and nothing else."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench.errors import DocumentUnmarked
from bench.figures import Figures
from bench.machine import facts
from bench.plan import Plan
from bench.posts import Round
from bench.processes import Memory
from bench.report import END, START, command, measured, write
from bench.rows import rows
from bench.slices import Slice


def round_of(**cpu: float) -> Round:
    """A round with the same figures in both slices."""
    one = Slice(rate=100.0, cpu=cpu, latencies=[2.0, 3.0], late=[0.1], generator=0.25)
    return Round(full=one, fixed=one)


FIGURES = Figures(
    rest={"processor-0": Memory(resident=90.0, proportional=60.0), "peer": Memory(resident=70.0, proportional=50.0)},
    after={"envoy": Memory(resident=150.0, proportional=130.0)},
    questions={1: [100.0], 4: [200.0]},
    answers=None,
    streams=None,
    posts={
        "Sluice": [round_of(**{"envoy": 0.5, "processor-0": 1.0, "kafka": 0.2})],
        "peer": [round_of(peer=0.5, kafka=0.2)],
    },
    load=(0.5, 1.5),
)


def test_rows() -> None:
    """Each figure stands in its column, with the ratio where there are two and what is expected where that is said."""
    shown = {row.what: row.cells[1:] for row in rows(FIGURES, Plan())}
    assert ("1.50", "0.50", "3.00", "") == shown["CPU seconds for 1000 POSTs at 200/s"]
    assert ("2.0", "2.0", "1.00", "under 5") == shown["p50 at 200/s, ms"]
    assert ("100 / 100 (1 questions)", "", "", "under 150") == shown[
        "question to first delta, one after the other, p50 / p99, ms"
    ]
    assert ("90 / 60", "", "", "under 120") == shown["memory at rest, processor-0, RSS / PSS, MB"]
    assert ("", "70 / 50", "", "") == shown["memory at rest, peer, RSS / PSS, MB"]
    assert ("150 / 130", "", "", "") == shown["memory after the load, envoy, RSS / PSS, MB"]


def test_what_was_not_measured() -> None:
    """A part that nobody asked for has no rows."""
    figures = replace(FIGURES, posts={}, questions={}, after={})
    assert {"memory at rest, processor-0, RSS / PSS, MB", "memory at rest, peer, RSS / PSS, MB"} == {
        row.what for row in rows(figures, Plan())
    }


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
    assert "| p99 at 200/s, ms | 3.0 | 3.0 | 1.00 | under 20 |" in text
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
