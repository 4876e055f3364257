"""What an Idempotency-Key costs: lines that stand beneath those of the POSTs without one."""

from collections.abc import Callable, Iterator, Sequence

from bench.contenders import PROCESSOR
from bench.keyed import Keyed
from bench.row import Row, only_ours
from bench.slices import Slice
from bench.stats import p50, p99
from local.commands import ENVOY
from local.system import KAFKA

_FIGURES: Sequence[tuple[str, Callable[[Slice], float], str]] = (
    ("p50{}, ms", lambda one: p50(one.latencies), "{:.1f}"),
    ("p99{}, ms", lambda one: p99(one.latencies), "{:.1f}"),
    ("CPU seconds for 1000 POSTs{}", lambda one: one.own_cpu, "{:.2f}"),
    ("- of which Envoy{}", lambda one: one.cpu[ENVOY], "{:.2f}"),
    ("- of which the processor{}", lambda one: one.cpu[PROCESSOR], "{:.2f}"),
    ("the broker's CPU seconds for 1000 POSTs{}", lambda one: one.cpu[KAFKA], "{:.2f}"),
)


def keyed_rows(rounds: Sequence[Keyed], *, rate: float) -> Iterator[Row]:
    """Of both slices, without what was not measured."""
    yield from _rows([one.fresh for one in rounds], at=f" at {rate:.0f}/s, a fresh Idempotency-Key in each")
    yield from _rows([one.replayed for one in rounds if one.replayed], at=f" at {rate:.0f}/s, replayed")


def _rows(slices: Sequence[Slice], *, at: str) -> Iterator[Row]:
    for what, figure, form in _FIGURES if slices else ():
        yield only_ours(what.format(at), list(map(figure, slices)), form)
