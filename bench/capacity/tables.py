"""The tables of docs/scaling.md."""

from collections.abc import Mapping, Sequence
from dataclasses import fields

from bench.capacity.check import Check, predicted
from bench.capacity.demand import Assumptions, Flow, of_queries, of_streams
from bench.capacity.disk import disk
from bench.capacity.limits import limits
from bench.capacity.measured import Measured
from bench.capacity.needs import Need, cells, needs, partitions
from bench.table import markdown

QUERIES: Mapping[int, float] = {100: 1e4, 10_000: 1e5, 1_000_000: 1e7}
"""Queries a day, and chunks in the index."""

STREAMS = (1000, 100_000, 1_000_000)


def assumptions(assumed: Assumptions) -> str:
    """What is assumed, by name."""
    names = [(field.name.replace("_", " "), f"{getattr(assumed, field.name):g}") for field in fields(assumed)]
    return markdown(("assumed", ""), names)


def first(measured: Measured, assumed: Assumptions) -> str:
    """What one process carries, the part that goes first on top."""
    lines = [
        (limit.part, _number(limit.micros), _number(limit.queries), _number(limit.a_day))
        for limit in limits(measured, assumed)
    ]
    return markdown(("one process of", "CPU µs of a query", "queries a second", "queries a day"), lines)


def queries(measured: Measured, assumed: Assumptions) -> str:
    """What so many queries a day need."""
    flows = {count: of_queries(count, corpus=corpus, assumed=assumed) for count, corpus in QUERIES.items()}
    columns = [needs(flow, measured, assumed) for flow in flows.values()]
    disks = [disk(count, corpus=corpus, assumed=assumed) for count, corpus in QUERIES.items()]
    lines = [
        ("at the peak: queries a second", *(_number(flow.queries) for flow in flows.values())),
        ("events a second", *(_number(flow.events) for flow in flows.values())),
        ("open streams", *(_number(flow.streams) for flow in flows.values())),
        ("chunks in the index", *(_number(flow.corpus) for flow in flows.values())),
        *_parts(columns),
        ("topics of results, each with its own results servers", *_cells(list(flows.values()), measured, assumed)),
        ("partitions of each topic, at least", *(str(partitions(column)) for column in columns)),
        ("Kafka's disks, what passes, GB", *(_number(one.passing) for one in disks)),
        ("Kafka's disks, what stays, GB", *(_number(one.kept) for one in disks)),
    ]
    return markdown(("queries a day", *(f"{count:,}".replace(",", " ") for count in QUERIES)), lines)


def streams(measured: Measured, assumed: Assumptions) -> str:
    """What so many open streams need that wait for something else than an answer."""
    flows = [of_streams(count, assumed=assumed) for count in STREAMS]
    columns = [needs(flow, measured, assumed) for flow in flows]
    touched = [
        [need for need in column if need.part in {"envoy", "processor", "results", "broker"}] for column in columns
    ]
    lines = [
        ("events a second", *(_number(flow.events) for flow in flows)),
        ("streams opened a second", *(_number(flow.opened) for flow in flows)),
        ("pings a second", *(_number(flow.pings) for flow in flows)),
        *_parts(touched),
        ("topics of results, each with its own results servers", *_cells(flows, measured, assumed)),
    ]
    return markdown(("open streams", *(f"{count:,}".replace(",", " ") for count in STREAMS)), lines)


def checked(found: Check, measured: Measured) -> str:
    """What the coefficients predict of a measured run, beside what it measured."""
    lines = [
        (part, f"{cores:.3f}", f"{found.cores[part]:.3f}", f"{found.cores[part] / cores:.2f}" if cores else "")
        for part, cores in predicted(found, measured).items()
    ]
    return markdown(("part", "cores, predicted", "cores, measured", "measured / predicted"), lines)


def _parts(columns: Sequence[Sequence[Need]]) -> list[tuple[str, ...]]:
    return [
        (f"{row[0].part}: processes; cores; memory", *(_need(need) for need in row))
        for row in zip(*columns, strict=True)
    ]


def _need(need: Need) -> str:
    if not need.processes:
        return "none"
    return f"{need.processes}; {max(need.cores, 0.01):.2f}; {_memory(need.memory)}"


def _cells(flows: Sequence[Flow], measured: Measured, assumed: Assumptions) -> list[str]:
    return [str(cells(flow, measured, assumed)) for flow in flows]


def _memory(megabytes: float) -> str:
    return f"{megabytes / 1000:.1f} GB" if megabytes >= 1000 else f"{megabytes:.0f} MB"


def _number(value: float) -> str:
    """To two digits: nobody knows more."""
    rounded = float(f"{value:.2g}")
    return f"{rounded:,.0f}".replace(",", " ") if rounded >= 10 else f"{rounded:g}"


def machine(measured: Measured) -> str:
    """On what the coefficients were measured."""
    kept = {name: value for name, value in measured.machine.items() if name in {"processor", "memory", "Python"}}
    return markdown(("coefficients of", measured.gateway), list(kept.items()))
