"""The streams' part of the table."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from bench.contenders import PEER, SLUICE
from bench.row import Row, compared, only_ours
from bench.stats import p50, p99, per_thousand
from bench.streams.contenders import RESULTS
from bench.streams.crowd import Spell
from bench.streams.figures import Idle, Load, StreamFigures
from local.commands import ENVOY

T = TypeVar("T")
JVM = "a JVM gateway: {}"
"""A gateway on the JVM with the same task, measured on such a machine at 50 records a second."""

_EXPECTED: Mapping[tuple[int, float], tuple[str, str]] = {
    (1000, 2000.0): ("under 10", "under 50"),
    (500, 50.0): (JVM.format("4.2"), JVM.format("14")),
    (5000, 50.0): (JVM.format("5.8"), JVM.format("56")),
}
_WHOLE = {5000: JVM.format("400")}


def stream_rows(figures: StreamFigures) -> Iterator[Row]:
    """All of it."""
    for load, spells in figures.loads.items():
        yield from _load(load, spells)
    yield from _bursts(figures)
    ours, theirs = figures.unwatched[SLUICE], figures.unwatched[PEER]
    yield compared("CPU µs of a record that nobody watches, in the server", ours, theirs, "{:.0f}")
    yield from _idle(figures.idle)


def _load(load: Load, spells: Mapping[str, Sequence[Spell]]) -> Iterator[Row]:
    at = f"{load.streams} streams, {load.rate:.0f} events a second"
    median, tail = _EXPECTED.get((load.streams, load.rate), ("", ""))
    row = _both(spells)
    yield row(f"record to bytes at the client, {at}, p50, ms", lambda one: p50(one.latencies), "{:.1f}", median)
    yield row(f"record to bytes at the client, {at}, p99, ms", lambda one: p99(one.latencies), "{:.1f}", tail)
    yield row(f"- by which the writer was late, {at}, p99, ms", lambda one: p99(one.late), "{:.2f}", "")
    yield from _cpu(spells, at=at)


def _bursts(figures: StreamFigures) -> Iterator[Row]:
    at, row = f"{figures.burst_streams} streams, as fast as records are written", _both(figures.bursts)
    yield row(f"events a second, {at}", lambda one: (one.events - 1) / one.seconds, "{:.0f}", "")
    yield compared(
        "events a second that one process of Python could deliver, had it a core of its own",
        [one.events / one.cpu[RESULTS] for one in figures.bursts[SLUICE]],
        [one.events / one.cpu[PEER] for one in figures.bursts[PEER]],
        "{:.0f}",
    )
    yield from _cpu(figures.bursts, at=at)


def _cpu(spells: Mapping[str, Sequence[Spell]], *, at: str) -> Iterator[Row]:
    yield _both(spells)(f"CPU seconds for 1000 events, {at}", lambda one: _thousand(one, *one.cpu), "{:.2f}", "")
    ours = spells[SLUICE]
    yield only_ours(f"- of which Envoy, {at}", [_thousand(one, ENVOY) for one in ours], "{:.2f}")
    yield only_ours(f"- of which the results server, {at}", [_thousand(one, RESULTS) for one in ours], "{:.2f}")


def _idle(idle: Mapping[str, Idle]) -> Iterator[Row]:
    ours, theirs = idle[SLUICE], idle[PEER]
    of = f"of an idle stream, over {ours.opened}, kB"
    yield compared(f"memory {of}, in Python", [ours.kilobytes(RESULTS)], [theirs.kilobytes(PEER)], "{:.0f}", "under 20")
    yield only_ours(f"memory {of}, in Envoy", [ours.kilobytes(ENVOY)], "{:.0f}", "under 60")
    what = f"memory in all with {ours.streams} idle streams (Envoy, processor, results server), PSS, MB"
    yield compared(what, [ours.whole], [theirs.whole], "{:.0f}", _WHOLE.get(ours.streams, ""))


def _thousand(spell: Spell, *names: str) -> float:
    return per_thousand(sum(spell.cpu[name] for name in names), spell.events)


def _both(spells: Mapping[str, Sequence[Spell]]) -> Callable[[str, Callable[[Spell], float], str, str], Row]:
    def row(what: str, figure: Callable[[Spell], float], form: str, expected: str) -> Row:
        return compared(what, list(map(figure, spells[SLUICE])), list(map(figure, spells[PEER])), form, expected)

    return row
