"""The answers' part of the table."""

from bench.answers.figures import WITH, WITHOUT
from bench.answers.rows import answer_rows, spoken_rows
from tests.bench.made import FIGURES


def test_rows() -> None:
    """Each figure stands with transactions and then without, over the rounds of each."""
    assert FIGURES.answers
    rows = list(answer_rows(FIGURES.answers))
    shown = {(row.what, row.of): row.cells[2:4] for row in rows}
    assert [WITH, WITHOUT] == [row.of for row in rows[:2]]
    what = "answers a second of one generator, no model asked"
    assert [("200", "100 to 300"), ("400", "")] == [shown[what, WITH], shown[what, WITHOUT]]
    assert ("700", "") == shown["the generator's CPU µs of an answer", WITHOUT]
    assert ("30.0", "") == shown["context to terminal event, 50 contexts a second, p99, ms", WITH]


def test_spoken() -> None:
    """A delta is one of the model's, not one of the events into which they are gathered."""
    delta, events = spoken_rows(FIGURES.spoken)
    assert ("150", "at most 200", "held") == (delta.figure, delta.expected, delta.verdict)
    assert "18" == events.figure
