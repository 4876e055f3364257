"""The table's lines, out of the figures."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from bench.answers.rows import answer_rows
from bench.contenders import PEER, PROCESSOR, SLUICE
from bench.figures import Figures
from bench.keyed_rows import keyed_rows
from bench.plan import Plan
from bench.posts import Round
from bench.processes import Memory
from bench.row import Row, compared, only_ours
from bench.slices import Slice
from bench.stats import p50, p99
from bench.streams.contenders import RESULTS
from bench.streams.rows import stream_rows
from local.commands import ENVOY
from local.system import KAFKA

LEAN = frozenset({PROCESSOR, RESULTS, "generator"})
"""Processes of ours that load no model."""

_Figure = Callable[[Round], float]
_Part = Callable[[Round], Slice]


def rows(figures: Figures, plan: Plan) -> list[Row]:
    """The whole table, without the parts that were not measured."""
    return [
        *(_posts(figures.posts, plan) if figures.posts else ()),
        *(_question(at_once, found) for at_once, found in figures.questions.items()),
        *(answer_rows(figures.answers) if figures.answers else ()),
        *(stream_rows(figures.streams) if figures.streams else ()),
        *(_memory(name, found, when="at rest") for name, found in figures.rest.items()),
        *(_memory(name, found, when="after the load") for name, found in figures.after.items()),
    ]


def _posts(posts: Mapping[str, Sequence[Round]], plan: Plan) -> Iterator[Row]:
    both = _Both(sluice=posts[SLUICE], peer=posts[PEER])
    yield from _full(both, plan)
    yield from _fixed(both, plan)
    yield from keyed_rows([one.keyed for one in posts[SLUICE] if one.keyed], rate=plan.rate)


class _Both:
    """The rounds of both contenders."""

    def __init__(self, *, sluice: Sequence[Round], peer: Sequence[Round]) -> None:
        self._sluice = sluice
        self._peer = peer

    def row(self, what: str, figure: _Figure, form: str, *, expected: str = "") -> Row:
        return self.apart(what, figure, figure, form, expected=expected)

    def apart(self, what: str, ours: _Figure, theirs: _Figure, form: str, *, expected: str = "") -> Row:
        """Where the figure of each is of a process of its own."""
        return compared(what, list(map(ours, self._sluice)), list(map(theirs, self._peer)), form, expected)

    def ours(self, what: str, figure: _Figure, form: str) -> Row:
        return only_ours(what, list(map(figure, self._sluice)), form)


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


def _memory(name: str, found: Memory, *, when: str) -> Row:
    expected = "under 120" if name in LEAN and when == "at rest" else ""
    shown = f"{found.resident:.0f} / {found.proportional:.0f}"
    peer = {"peer": shown} if name == PEER else {"sluice": shown}
    return Row(what=f"memory {when}, {name}, RSS / PSS, MB", **{"sluice": "", **peer}, expected=expected)
