"""Bulk uploads, in the table."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from bench.bulk.figures import Upload
from bench.contenders import PEER, PROCESSOR
from bench.expected import Expected
from bench.row import Rounds, Row, compared
from local.commands import ENVOY
from local.system import KAFKA

LEAST: Mapping[str, float] = {"librdkafka": 20_000, "kafka-python": 8_000}
"""Records a second on one core, by client."""


def bulk_rows(bulk: Mapping[str, Sequence[Upload]]) -> Iterator[Row]:
    """Of every gateway, beside the peer's single POSTs of the same records."""
    ours = {name: rounds for name, rounds in bulk.items() if name != PEER}
    cheaper = {name: Expected(most=0.1, ratio=True) for name in ours}
    what = "CPU µs of a record, NDJSON upload (the peer: a POST of its own)"
    yield from compared(what, _each(bulk, lambda one: one.own_cpu), "{:.0f}", to=PEER, expected=cheaper)
    for part, name in (("Envoy's", ENVOY), ("the processor's", PROCESSOR)):
        yield from compared(f"- {part}", _each(ours, lambda one, of=name: one.cpu[of]), "{:.0f}", to="")  # type: ignore[misc]
    yield from compared("- and the broker's", _each(bulk, lambda one: one.cpu[KAFKA]), "{:.0f}", to=PEER)
    core = _each(ours, lambda one: 1e6 / one.cpu[PROCESSOR])
    bounds = {name: Expected(least=least) for name in ours for client, least in LEAST.items() if name.endswith(client)}
    yield from compared("records a second on one core of the processor", core, "{:.0f}", to="", expected=bounds)
    yield from compared("- with Envoy on that core too", _each(ours, lambda one: 1e6 / one.own_cpu), "{:.0f}", to="")
    what = "records a second as uploaded, broker and client on the same cores"
    yield from compared(what, _each(bulk, lambda one: one.rate), "{:.0f}", to=PEER)


def _each(bulk: Mapping[str, Sequence[Upload]], figure: Callable[[Upload], float]) -> Rounds:
    return {name: list(map(figure, rounds)) for name, rounds in bulk.items()}
