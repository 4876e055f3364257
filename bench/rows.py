"""The table's lines, out of the figures."""

from collections.abc import Iterator, Mapping

from bench.answers.figures import GENERATOR
from bench.answers.rows import answer_rows, spoken_rows
from bench.bulk.rows import bulk_rows
from bench.contenders import PEER, PROCESSOR
from bench.expected import Expected
from bench.figures import Figures
from bench.keyed_rows import keyed_rows
from bench.plan import Plan
from bench.post_rows import post_rows
from bench.processes import Memory
from bench.questions import Asked
from bench.row import Row, alone
from bench.search import Search
from bench.stats import p50, p99
from bench.streams.contenders import RESULTS
from bench.streams.rows import stream_rows

LEAN = frozenset({PROCESSOR, RESULTS, GENERATOR})
"""Processes of ours that load no model."""


def rows(figures: Figures, plan: Plan) -> list[Row]:
    """The whole table, without the parts that were not measured."""
    return [
        *(post_rows(figures.posts, rate=plan.rate, to=PEER) if figures.posts else ()),
        *keyed_rows(figures.posts, rate=plan.rate),
        *(bulk_rows(figures.bulk) if figures.bulk else ()),
        *(stream_rows(figures.streams) if figures.streams else ()),
        *(row for at_once, found in figures.asked.items() for row in _question(at_once, found, own=figures.own)),
        *(spoken_rows(figures.spoken) if figures.spoken else ()),
        *(answer_rows(figures.answers) if figures.answers else ()),
        *(_search(figures.search) if figures.search else ()),
        *_memory(figures.rest, when="at rest"),
        *_memory(figures.after, when="after the load"),
    ]


def _question(at_once: int, found: Asked, *, own: str) -> Iterator[Row]:
    how = "one after the other" if at_once == 1 else f"{at_once} at once"
    bound = Expected(most=150) if at_once == 1 else None
    asked = f"question to first delta, {how}, {len(found.firsts)} questions"
    yield from alone(f"{asked}, p50, ms", own, [p50(found.firsts)], "{:.0f}", expected=bound)
    yield from alone(f"{asked}, p99, ms", own, [p99(found.firsts)], "{:.0f}")


def _search(found: Search) -> Iterator[Row]:
    of, what = "Qdrant Edge", f"top 5 of {found.chunks} chunks, hybrid, without the embedding"
    yield from alone(f"{what}, p50, ms", of, [p50(found.milliseconds)], "{:.1f}")
    yield from alone(f"{what}, p99, ms", of, [p99(found.milliseconds)], "{:.1f}", expected=Expected(most=10))
    yield from alone("- CPU µs of a search", of, [found.cpu], "{:.0f}")
    yield from alone("- chunks a second put into it", of, [found.filled], "{:.0f}")
    yield from alone("- seconds to open it with them", of, [found.opened], "{:.1f}")


def _memory(held: Mapping[str, Memory], *, when: str) -> Iterator[Row]:
    for name, found in held.items():
        bound = Expected(most=120) if name in LEAN and when == "at rest" else None
        yield from alone(f"memory {when}, RSS, MB", name, [found.resident], "{:.0f}", expected=bound)
