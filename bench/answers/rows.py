"""The answers' part of the table."""

from collections.abc import Callable, Iterator

from bench.answers.figures import GENERATOR, AnswerFigures, Stint
from bench.row import Row, only_ours
from bench.stats import p50, p99
from local.system import KAFKA


def answer_rows(figures: AnswerFigures) -> Iterator[Row]:
    """Each figure with transactions and, beneath it, without."""
    calm = f"{figures.calm:.0f} contexts a second"
    yield from _each(figures, "answers a second of one generator", lambda one: one.rate, "{:.0f}")
    yield from _each(figures, "its CPU seconds for 1000 answers", lambda one: one.cpu[GENERATOR], "{:.2f}")
    yield from _each(figures, "the broker's CPU seconds for 1000 answers", lambda one: one.cpu[KAFKA], "{:.2f}")
    yield from _each(figures, f"context to first text, {calm}, p50, ms", lambda one: p50(one.texts), "{:.1f}")
    yield from _each(figures, f"context to first text, {calm}, p99, ms", lambda one: p99(one.texts), "{:.1f}")
    yield from _each(figures, f"context to terminal event, {calm}, p50, ms", lambda one: p50(one.ends), "{:.1f}")
    yield from _each(figures, f"context to terminal event, {calm}, p99, ms", lambda one: p99(one.ends), "{:.1f}")


def _each(figures: AnswerFigures, what: str, figure: Callable[[Stint], float], form: str) -> Iterator[Row]:
    for name, stints in figures.stints.items():
        yield only_ours(f"{what}, {name}", list(map(figure, stints)), form)
