"""What an Idempotency-Key costs, in the table."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from bench.keyed import Keyed
from bench.posts import Round
from bench.row import Row, compared
from bench.slices import Slice
from bench.stats import p50, p99
from local.system import KAFKA

_FIGURES: Sequence[tuple[str, Callable[[Slice], float], str]] = (
    ("CPU µs of an accepted POST{}", lambda one: one.own_cpu, "{:.0f}"),
    ("- and the broker's{}", lambda one: one.cpu[KAFKA], "{:.0f}"),
    ("p50{}, ms", lambda one: p50(one.latencies), "{:.1f}"),
    ("p99{}, ms", lambda one: p99(one.latencies), "{:.1f}"),
)


def keyed_rows(posts: Mapping[str, Sequence[Round]], *, rate: float) -> Iterator[Row]:
    """Of both slices of those that know keys, without what was not measured."""
    for name, rounds in posts.items():
        known = [one.keyed for one in rounds if one.keyed]
        yield from _rows(name, [one.fresh for one in known], at=f" at {rate:.0f}/s, a fresh Idempotency-Key in each")
        yield from _rows(name, _replayed(known), at=f" at {rate:.0f}/s, replayed")


def _replayed(known: Sequence[Keyed]) -> list[Slice]:
    return [one.replayed for one in known if one.replayed]


def _rows(name: str, slices: Sequence[Slice], *, at: str) -> Iterator[Row]:
    for what, figure, form in _FIGURES:
        yield from compared(what.format(at), {name: list(map(figure, slices))}, form, to="")
