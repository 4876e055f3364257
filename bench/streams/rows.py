"""The streams' part of the table."""

from collections.abc import Callable, Iterator, Mapping

from bench.expected import Expected
from bench.row import Row, alone, compared
from bench.stats import micros, p50, p99
from bench.streams.contenders import PEER, RESULTS
from bench.streams.crowd import Spell
from bench.streams.figures import Idle, Load, Per, StreamFigures
from local.commands import ENVOY

_EXPECTED: Mapping[tuple[int, float], tuple[float, float]] = {(1000, 2000.0): (10, 50)}
"""Of p50 and p99, in milliseconds, by streams and events a second."""


def stream_rows(figures: StreamFigures, *, to: str = PEER) -> Iterator[Row]:
    """All of it, compared with that contender's."""
    table = _Table(to)
    for load, spells in figures.loads.items():
        yield from table.load(load, spells)
    yield from table.bursts(figures)
    what = "CPU µs of a record that nobody watches, in the server"
    yield from compared(what, figures.unwatched, "{:.0f}", to=to)
    yield from table.idle(figures.idle)


class _Table:
    """Lines that compare with one contender."""

    def __init__(self, to: str) -> None:
        self._to = to

    def load(self, load: Load, spells: Per[Spell]) -> Iterator[Row]:
        at = f"{load.streams} streams, {load.rate:.0f} events a second"
        median, tail = _EXPECTED.get((load.streams, load.rate), (None, None))
        what = "record to bytes at the client"
        yield from self._row(f"{what}, {at}, p50, ms", spells, lambda one: p50(one.latencies), "{:.1f}", median)
        yield from self._row(f"{what}, {at}, p99, ms", spells, lambda one: p99(one.latencies), "{:.1f}", tail)
        yield from self._row(
            f"- by which the writer was late, {at}, p99, ms", spells, lambda one: p99(one.late), "{:.2f}"
        )
        yield from self._cpu(spells, at=at)

    def bursts(self, figures: StreamFigures) -> Iterator[Row]:
        at = f"{figures.burst_streams} streams, as fast as records are written"
        found = figures.bursts
        yield from self._row(f"events a second, {at}", found, lambda one: (one.events - 1) / one.seconds, "{:.0f}")
        yield from self._cpu(found, at=at)

    def idle(self, idle: Mapping[str, Idle]) -> Iterator[Row]:
        most = max((one.streams for one in idle.values()), default=0)
        grown = {name: one for name, one in idle.items() if one.streams == most}
        server = {
            name: [one.kilobytes(*(one.after if name == self._to else (RESULTS,)))] for name, one in grown.items()
        }
        within = {name: Expected(most=20) for name in grown if name != self._to}
        what = "memory of an idle stream in the server, PSS, kB"
        yield from compared(what, server, "{:.0f}", to=self._to, expected=within)
        for name in within:
            held = [grown[name].kilobytes(ENVOY)]
            yield from alone("- and in Envoy, PSS, kB", name, held, "{:.0f}", expected=Expected(most=60))
        whole = {name: [one.whole] for name, one in grown.items()}
        yield from compared(f"memory of all processes with {most} idle streams, PSS, MB", whole, "{:.0f}", to=self._to)
        opening = {name: [sum(map(one.opening, one.cpu))] for name, one in grown.items()}
        yield from compared("CPU µs of opening a stream", opening, "{:.0f}", to=self._to)

    def _cpu(self, spells: Per[Spell], *, at: str) -> Iterator[Row]:
        yield from self._row(f"CPU µs of an event, {at}", spells, lambda one: _each(one, *one.cpu), "{:.0f}")
        ours = {name: found for name, found in spells.items() if name != self._to}
        yield from self._row(f"- of which Envoy, {at}", ours, lambda one: _each(one, ENVOY), "{:.0f}")
        yield from self._row(f"- of which the results server, {at}", ours, lambda one: _each(one, RESULTS), "{:.0f}")

    def _row(
        self, what: str, spells: Per[Spell], figure: Callable[[Spell], float], form: str, most: float | None = None
    ) -> Iterator[Row]:
        found = {name: list(map(figure, rounds)) for name, rounds in spells.items()}
        bounds = {name: Expected(most=most) for name in found if name != self._to} if most is not None else None
        return compared(what, found, form, to=self._to, expected=bounds)


def _each(spell: Spell, *names: str) -> float:
    return micros(sum(spell.cpu[name] for name in names), spell.events)
