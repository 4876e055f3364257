"""What an accepted POST costs and how long it takes, in the table."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from bench.contenders import PEER, PROCESSOR
from bench.expected import Expected
from bench.gateways import Variant
from bench.posts import Round
from bench.row import Row, compared
from bench.slices import Slice
from bench.stats import p50, p99
from local.commands import ENVOY
from local.system import KAFKA

FAST, COMPATIBLE = str(Variant("native", "librdkafka")), str(Variant("native", "kafka-python"))

_CPU = {FAST: Expected(most=0.5, ratio=True), COMPATIBLE: Expected(most=0.8, ratio=True)}
_P50 = {FAST: Expected(most=4), COMPATIBLE: Expected(most=4)}
_P99 = {FAST: Expected(most=20), COMPATIBLE: Expected(most=20)}

_Bounds = Mapping[str, Expected] | None


def post_rows(posts: Mapping[str, Sequence[Round]], *, rate: float, to: str = PEER) -> Iterator[Row]:
    """Of every contender, at the fixed rate and at full rate."""
    table = _Table(posts, to=to)
    at = f"at {rate:.0f}/s"
    fixed, full = lambda one: one.fixed, lambda one: one.full
    yield from table.cpu(fixed, at=at, bounds=_CPU)
    yield from table.row(f"p50 {at}, ms", lambda one: p50(one.fixed.latencies), "{:.1f}", _P50)
    yield from table.row(f"p99 {at}, ms", lambda one: p99(one.fixed.latencies), "{:.1f}", _P99)
    yield from table.row(
        f"- p99 of the load generator's own lateness {at}, ms", lambda one: p99(one.fixed.late), "{:.2f}"
    )
    yield from table.row("accepted POSTs a second, each connection at once again", lambda one: one.full.rate, "{:.0f}")
    yield from table.cpu(full, at="at full rate")
    yield from table.row("cores of the load generator at full rate", lambda one: one.full.generator, "{:.2f}")


class _Table:
    """The rounds of all contenders."""

    def __init__(self, posts: Mapping[str, Sequence[Round]], *, to: str) -> None:
        self._posts = posts
        self._to = to

    def row(self, what: str, figure: Callable[[Round], float], form: str, bounds: _Bounds = None) -> Iterator[Row]:
        """A figure of each."""
        found = {name: list(map(figure, rounds)) for name, rounds in self._posts.items()}
        return compared(what, found, form, to=self._to, expected=bounds)

    def cpu(self, part: Callable[[Round], Slice], *, at: str, bounds: _Bounds = None) -> Iterator[Row]:
        """Of all processes, and of those of a gateway apart."""
        yield from self.row(f"CPU µs of an accepted POST {at}", lambda one: part(one).own_cpu, "{:.0f}", bounds)
        for what, name in (("Envoy's", ENVOY), ("the processor's", PROCESSOR), ("and the broker's", KAFKA)):
            yield from self._of(f"- {what} {at}", name, part)

    def _of(self, what: str, process: str, part: Callable[[Round], Slice]) -> Iterator[Row]:
        """Of those that have such a process."""
        having = {name: rounds for name, rounds in self._posts.items() if process in part(rounds[0]).cpu}
        return _Table(having, to=self._to).row(what, lambda one: part(one).cpu[process], "{:.0f}")
