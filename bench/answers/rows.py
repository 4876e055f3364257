"""The answers' part of the table."""

from collections.abc import Callable, Iterator, Sequence

from bench.answers.figures import GENERATOR, AnswerFigures, Spoken, Stint
from bench.expected import Expected
from bench.row import Row, alone, compared
from bench.stats import p50, p99
from local.system import KAFKA


def answer_rows(figures: AnswerFigures) -> Iterator[Row]:
    """Each figure with transactions and, beneath it, without."""
    calm = f"{figures.calm:.0f} contexts a second"
    yield from _each(figures, "answers a second of one generator, no model asked", lambda one: one.rate, "{:.0f}")
    yield from _each(figures, "the generator's CPU µs of an answer", lambda one: one.cpu[GENERATOR], "{:.0f}")
    yield from _each(figures, "- and the broker's", lambda one: one.cpu[KAFKA], "{:.0f}")
    yield from _each(figures, f"context to first text, {calm}, p50, ms", lambda one: p50(one.texts), "{:.1f}")
    yield from _each(figures, f"context to terminal event, {calm}, p50, ms", lambda one: p50(one.ends), "{:.1f}")
    yield from _each(figures, f"context to terminal event, {calm}, p99, ms", lambda one: p99(one.ends), "{:.1f}")


def spoken_rows(rounds: Sequence[Spoken]) -> Iterator[Row]:
    """What a generator adds to each delta of a model."""
    first = rounds[0]
    what = f"the generator's CPU µs of a model's delta ({first.answers} answers of {first.tokens:.0f} deltas at once)"
    yield from alone(what, GENERATOR, [one.delta for one in rounds], "{:.0f}", expected=Expected(most=200))
    yield from alone("- events with text of an answer", GENERATOR, [one.events for one in rounds], "{:.0f}")


def _each(figures: AnswerFigures, what: str, figure: Callable[[Stint], float], form: str) -> Iterator[Row]:
    found = {name: list(map(figure, stints)) for name, stints in figures.stints.items()}
    return compared(what, found, form, to="")
