"""The figures as rows of one table."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bench.contenders import PEER, PROCESSOR, SLUICE
from bench.delivery import RESULTS, Delivery
from bench.figures import Figures
from bench.plan import Plan
from bench.posts import Round, Slice
from bench.processes import Memory
from bench.stats import Spread, p50, p99
from local.commands import ENVOY
from local.system import KAFKA

HEAD = ("", "Sluice", "FastAPI peer", "Sluice / peer", "expected")
LEAN = frozenset({PROCESSOR, RESULTS, "generator"})
"""Processes of ours that load no model."""

_Figure = Callable[[Round], float]
_Part = Callable[[Round], Slice]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line; empty where there is nothing to compare."""

    what: str
    sluice: str
    peer: str = ""
    ratio: str = ""
    expected: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """In the order of `HEAD`."""
        return self.what, self.sluice, self.peer, self.ratio, self.expected


def rows(figures: Figures, plan: Plan) -> list[Row]:
    """The whole table."""
    both = _Both(sluice=figures.posts[SLUICE], peer=figures.posts[PEER])
    return [
        *_full(both, plan),
        *_fixed(both, plan),
        *(_question(at_once, found) for at_once, found in figures.questions.items()),
        *(row for delivery in figures.deliveries for row in _delivery(delivery, plan)),
        *(_memory(name, found, when="at rest") for name, found in figures.rest.items()),
        *(_memory(name, found, when="after the load") for name, found in figures.after.items()),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Both:
    """The rounds of both contenders."""

    sluice: Sequence[Round]
    peer: Sequence[Round]

    def row(self, what: str, figure: _Figure, form: str, *, expected: str = "") -> Row:
        return self.apart(what, figure, figure, form, expected=expected)

    def apart(self, what: str, ours: _Figure, theirs: _Figure, form: str, *, expected: str = "") -> Row:
        """Where the figure of each is of a process of its own."""
        sluice, peer = Spread.of(map(ours, self.sluice)), Spread.of(map(theirs, self.peer))
        ratio = f"{sluice.median / peer.median:.2f}" if peer.median else ""
        shown = (_spread(sluice, form), _spread(peer, form))
        return Row(what=what, sluice=shown[0], peer=shown[1], ratio=ratio, expected=expected)

    def ours(self, what: str, figure: _Figure, form: str) -> Row:
        return Row(what=what, sluice=_spread(Spread.of(map(figure, self.sluice)), form))


def _full(both: _Both, plan: Plan) -> Iterator[Row]:
    at = f"{plan.connections} connections, each sends when it is answered"
    yield both.row(f"accepted POSTs a second ({at})", lambda one: one.full.rate, "{:.0f}")
    yield from _cpu(both, lambda one: one.full, at="at full rate")
    yield both.apart(
        "POSTs a second that one process of Python could take, had it a core of its own",
        lambda one: 1000 / one.full.cpu[PROCESSOR],
        lambda one: 1000 / one.full.cpu[PEER],
        "{:.0f}",
        expected="about half",
    )
    yield both.row("cores that the load generator used at full rate", lambda one: one.full.generator, "{:.2f}")


def _fixed(both: _Both, plan: Plan) -> Iterator[Row]:
    at = f"at {plan.rate:.0f}/s"
    yield both.row(f"p50 {at}, ms", lambda one: p50(one.fixed.latencies), "{:.1f}", expected="under 5")
    yield both.row(f"p99 {at}, ms", lambda one: p99(one.fixed.latencies), "{:.1f}", expected="under 20")
    yield both.row(f"- by which the load generator was late {at}, p99, ms", lambda one: p99(one.fixed.late), "{:.2f}")
    yield from _cpu(both, lambda one: one.fixed, at=at)


def _cpu(both: _Both, part: _Part, *, at: str) -> Iterator[Row]:
    yield both.row(f"CPU seconds for 1000 POSTs {at}", lambda one: part(one).own_cpu, "{:.2f}")
    yield both.ours(f"- of which Envoy {at}", lambda one: part(one).cpu[ENVOY], "{:.2f}")
    yield both.ours(f"- of which the processor {at}", lambda one: part(one).cpu[PROCESSOR], "{:.2f}")
    yield both.row(f"the broker's CPU seconds for 1000 POSTs {at}", lambda one: part(one).cpu[KAFKA], "{:.2f}")


def _question(at_once: int, found: Sequence[float]) -> Row:
    how = "one after the other" if at_once == 1 else f"{at_once} at once"
    return Row(
        what=f"question to first delta, {how}, p50 / p99, ms",
        sluice=f"{p50(found):.0f} / {p99(found):.0f} ({len(found)} questions)",
        expected="under 150" if at_once == 1 else "",
    )


def _delivery(delivery: Delivery, plan: Plan) -> Iterator[Row]:
    streams = f"{delivery.streams} streams, {plan.events:.0f} events a second"
    found = delivery.latencies
    yield Row(
        what=f"record to bytes at the client, {streams}, p50 / p99, ms",
        sluice=f"{p50(found):.1f} / {p99(found):.1f} ({len(found)} events)",
    )
    yield Row(
        what=f"CPU seconds for 1000 events, {streams}: results server / Envoy",
        sluice=f"{delivery.cpu[RESULTS]:.2f} / {delivery.cpu[ENVOY]:.2f}",
    )


def _memory(name: str, found: Memory, *, when: str) -> Row:
    expected = "under 120" if name in LEAN and when == "at rest" else ""
    shown = f"{found.resident:.0f} / {found.proportional:.0f}"
    peer = {"peer": shown} if name == PEER else {"sluice": shown}
    return Row(what=f"memory {when}, {name}, RSS / PSS, MB", **{"sluice": "", **peer}, expected=expected)


def _spread(spread: Spread, form: str) -> str:
    median, low, high = (form.format(value) for value in (spread.median, spread.low, spread.high))
    return f"{median} ({low}-{high})"
