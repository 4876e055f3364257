"""The answers' part of the table."""

from bench.answers.figures import WITH, WITHOUT, AnswerFigures, Stint
from bench.answers.rows import answer_rows


def stint(rate: float) -> Stint:
    """One round."""
    return Stint(rate=rate, cpu={"generator": 2.0, "kafka": 0.5}, ends=[10.0, 30.0], texts=[5.0, 8.0])


def test_rows() -> None:
    """Each figure stands with transactions and then without, over the rounds of each."""
    figures = AnswerFigures(
        stints={WITH: [stint(100.0), stint(300.0), stint(200.0)], WITHOUT: [stint(400.0)]}, calm=50.0
    )
    rows = list(answer_rows(figures))
    shown = {row.what: row.cells[1:] for row in rows}
    assert ["with transactions", "without"] == [row.what.rpartition(", ")[2] for row in rows[:2]]
    assert ("200 (100-300)", "", "", "") == shown["answers a second of one generator, with transactions"]
    assert ("400", "", "", "") == shown["answers a second of one generator, without"]
    assert "2.00" == shown["its CPU seconds for 1000 answers, without"][0]
    assert "0.50" == shown["the broker's CPU seconds for 1000 answers, without"][0]
    assert "8.0" == shown["context to first text, 50 contexts a second, p99, ms, without"][0]
    assert "10.0" == shown["context to terminal event, 50 contexts a second, p50, ms, with transactions"][0]
