"""One line of the table: a claim, whose figure, its spread, the ratio to the peer's, what was expected and whether it held."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.expected import Expected
from bench.stats import Spread

HEAD = ("measured", "of", "median", "lowest to highest", "times the peer's", "expected", "")

Rounds = Mapping[str, Sequence[float]]
"""A figure of each contender, round by round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Empty where there is nothing to say."""

    what: str
    of: str
    figure: str
    spread: str = ""
    ratio: str = ""
    expected: str = ""
    verdict: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """In the order of `HEAD`."""
        return self.what, self.of, self.figure, self.spread, self.ratio, self.expected, self.verdict


def compared(
    what: str, rounds: Rounds, form: str, *, to: str, expected: Mapping[str, Expected] | None = None
) -> Iterator[Row]:
    """A line for each contender that was measured, with the ratio of its median to that of `to`."""
    spreads = {name: Spread.of(values) for name, values in rounds.items() if values}
    base = spreads[to].median if to in spreads else 0.0
    for name, spread in spreads.items():
        ratio = spread.median / base if base and name != to else None
        bound = (expected or {}).get(name)
        yield Row(
            what=what,
            of=name,
            figure=form.format(spread.median),
            spread=_range(spread, form),
            ratio="" if ratio is None else f"{ratio:.2f}",
            expected=bound.said if bound else "",
            verdict=bound.verdict(figure=spread.median, ratio=ratio) if bound else "",
        )


def alone(what: str, of: str, values: Sequence[float], form: str, *, expected: Expected | None = None) -> Iterator[Row]:
    """The line of a figure that the peer does not have."""
    return compared(what, {of: values}, form, to="", expected={of: expected} if expected else None)


def _range(spread: Spread, form: str) -> str:
    median, low, high = (form.format(value) for value in (spread.median, spread.low, spread.high))
    return "" if median == low == high else f"{low} to {high}"
