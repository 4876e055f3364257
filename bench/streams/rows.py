"""The streams' part of the table."""

from collections.abc import Callable, Iterator, Mapping

from bench.expected import Expected
from bench.row import Rounds, Row, alone, compared
from bench.stats import micros, p50, p99
from bench.streams.contenders import PEER, RESULTS
from bench.streams.crowd import Spell
from bench.streams.figures import Idle, Load, Per, StreamFigures
from local.commands import ENVOY

_EXPECTED: Mapping[tuple[int, float], tuple[float, float]] = {(1000, 2000.0): (10, 50)}
"""Of p50 and p99, in milliseconds, by streams and events a second."""


def stream_rows(figures: StreamFigures) -> Iterator[Row]:
    """All of it."""
    for load, spells in figures.loads.items():
        yield from _load(load, spells)
    yield from _bursts(figures)
    what = "CPU µs of a record that nobody watches, in the server"
    yield from compared(what, figures.unwatched, "{:.0f}", to=PEER)
    yield from _idle(figures.idle)


def _load(load: Load, spells: Per[Spell]) -> Iterator[Row]:
    at = f"{load.streams} streams, {load.rate:.0f} events a second"
    median, tail = _EXPECTED.get((load.streams, load.rate), (None, None))
    row = _rows_of(spells)
    yield from row(f"record to bytes at the client, {at}, p50, ms", lambda one: p50(one.latencies), "{:.1f}", median)
    yield from row(f"record to bytes at the client, {at}, p99, ms", lambda one: p99(one.latencies), "{:.1f}", tail)
    yield from row(f"- by which the writer was late, {at}, p99, ms", lambda one: p99(one.late), "{:.2f}", None)
    yield from _cpu(spells, at=at)


def _bursts(figures: StreamFigures) -> Iterator[Row]:
    at, row = f"{figures.burst_streams} streams, as fast as records are written", _rows_of(figures.bursts)
    yield from row(f"events a second, {at}", lambda one: (one.events - 1) / one.seconds, "{:.0f}", None)
    yield from _cpu(figures.bursts, at=at)


def _cpu(spells: Per[Spell], *, at: str) -> Iterator[Row]:
    yield from _rows_of(spells)(f"CPU µs of an event, {at}", lambda one: _each(one, *one.cpu), "{:.0f}", None)
    ours = {name: found for name, found in spells.items() if name != PEER}
    yield from _rows_of(ours)(f"- of which Envoy, {at}", lambda one: _each(one, ENVOY), "{:.0f}", None)
    yield from _rows_of(ours)(f"- of which the results server, {at}", lambda one: _each(one, RESULTS), "{:.0f}", None)


def _idle(idle: Mapping[str, Idle]) -> Iterator[Row]:
    most = max((one.streams for one in idle.values()), default=0)
    grown = {name: one for name, one in idle.items() if one.streams == most}
    python = {name: [one.kilobytes(PEER if name == PEER else RESULTS)] for name, one in grown.items()}
    within = {name: Expected(most=20) for name in grown if name != PEER}
    yield from compared("memory of an idle stream in Python, PSS, kB", python, "{:.0f}", to=PEER, expected=within)
    for name in within:
        held = [grown[name].kilobytes(ENVOY)]
        yield from alone("memory of an idle stream in Envoy, PSS, kB", name, held, "{:.0f}", expected=Expected(most=60))
    whole = {name: [one.whole] for name, one in grown.items()}
    yield from compared(f"memory of all processes with {most} idle streams, PSS, MB", whole, "{:.0f}", to=PEER)
    opening = {name: [sum(map(one.opening, one.cpu))] for name, one in grown.items()}
    yield from compared("CPU µs of opening a stream", opening, "{:.0f}", to=PEER)


def _each(spell: Spell, *names: str) -> float:
    return micros(sum(spell.cpu[name] for name in names), spell.events)


def _rows_of(spells: Per[Spell]) -> Callable[[str, Callable[[Spell], float], str, float | None], Iterator[Row]]:
    def rows(what: str, figure: Callable[[Spell], float], form: str, most: float | None) -> Iterator[Row]:
        found: Rounds = {name: list(map(figure, rounds)) for name, rounds in spells.items()}
        bounds = {name: Expected(most=most) for name in found if name != PEER} if most is not None else None
        return compared(what, found, form, to=PEER, expected=bounds)

    return rows
