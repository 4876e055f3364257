"""What a run says of capacity, as numbers by name: docs/performance.json, from which docs/scaling.md is computed.

Microseconds are of CPU, kilobytes and megabytes of memory (PSS). A name is `part.what`; a part that was not measured has no
names, and a run in which one is missing is not kept.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median

import orjson

from bench.answers.figures import GENERATOR, WITH
from bench.contenders import PROCESSOR
from bench.figures import Figures
from bench.processes import Memory
from bench.questions import Asked
from bench.streams.contenders import PEER, RESULTS
from bench.streams.figures import StreamFigures
from local.commands import ENVOY
from local.system import KAFKA

EMBEDDER, RETRIEVER = "embedder", "retriever"
PARTS: Mapping[str, str] = {
    "envoy": ENVOY,
    "processor": PROCESSOR,
    "results": RESULTS,
    "embedder": EMBEDDER,
    "retriever": RETRIEVER,
    "generator": GENERATOR,
    "broker": KAFKA,
}
"""What a part is called, by what its one process is called in a run."""

CHUNK: Mapping[str, str] = {"embedder": EMBEDDER, "index": RETRIEVER, "broker": KAFKA}
"""Whose CPU time a chunk of the library costs once it was accepted; the broker's is with the POST."""


def coefficients(figures: Figures) -> dict[str, float]:
    """All that the run measured, sorted by name."""
    found = {
        **dict(_held(figures.rest)),
        **{f"{part}.idle_cores": figures.idle[name] for part, name in PARTS.items() if name in figures.idle},
        **dict(_posts(figures)),
        **dict(_bulk(figures)),
        **{f"{part}.chunk_us": figures.embedding[name] for part, name in CHUNK.items() if name in figures.embedding},
        **dict(_asked(figures.asked)),
        **dict(_answers(figures)),
        **(dict(_streams(figures.streams, figures.own)) if figures.streams else {}),
    }
    if figures.search:
        found |= {"retriever.search_us": figures.search.cpu, "retriever.indexed_chunks": float(figures.search.chunks)}
    return {name: _rounded(found[name]) for name in sorted(found)}


def write(path: Path, figures: Figures, *, machine: Mapping[str, str]) -> None:
    """Writes them, with what they were measured on."""
    document = {"gateway": figures.own, "machine": dict(machine), "coefficients": coefficients(figures)}
    path.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def _held(rest: Mapping[str, Memory]) -> Iterator[tuple[str, float]]:
    for part, name in PARTS.items():
        if name in rest:
            yield f"{part}.rest_mb", rest[name].proportional


def _posts(figures: Figures) -> Iterator[tuple[str, float]]:
    """Of the system's own gateway, and of the others under their names."""
    for gateway, rounds in figures.posts.items():
        if PROCESSOR not in rounds[0].fixed.cpu:
            continue
        for part in ("envoy", "processor", "broker"):
            name = f"{part}.post_us" if gateway == figures.own else f"{part}.post_us.{gateway}"
            yield name, median(one.fixed.cpu[PARTS[part]] for one in rounds)
            yield name.replace("post_us", "busy_post_us"), median(one.full.cpu[PARTS[part]] for one in rounds)


def _bulk(figures: Figures) -> Iterator[tuple[str, float]]:
    for gateway, rounds in figures.bulk.items():
        if PROCESSOR in rounds[0].cpu:
            client = gateway.partition(", ")[2]
            for part in ("envoy", "processor", "broker"):
                yield f"{part}.record_us.{client}", median(one.cpu[PARTS[part]] for one in rounds)


def _asked(asked: Mapping[int, Asked]) -> Iterator[tuple[str, float]]:
    """Of the questions that were asked several at once, which is how they come where there are many."""
    if not asked:
        return
    found = asked[max(asked)]
    for part, name in PARTS.items():
        yield f"{part}.question_us", found.cpu[name]
    yield "question.events", found.events
    yield "question.seconds", found.seconds


def _answers(figures: Figures) -> Iterator[tuple[str, float]]:
    if figures.answers:
        yield "generator.answer_us", median([one.cpu[GENERATOR] for one in figures.answers.stints[WITH]])
        yield "broker.answer_us", median([one.cpu[KAFKA] for one in figures.answers.stints[WITH]])
    if figures.spoken:
        yield "generator.delta_us", median([one.delta for one in figures.spoken])


def _streams(streams: StreamFigures, own: str) -> Iterator[tuple[str, float]]:
    idle = streams.idle[own]
    busiest = max(streams.loads, key=lambda load: (load.rate, load.streams))
    calmest = min(streams.loads, key=lambda load: (load.rate, -load.streams))
    for gateway, found in streams.unwatched.items():
        if gateway != PEER:
            yield "results.unwatched_us" if gateway == own else f"results.unwatched_us.{gateway}", median(found)
    for part in ("envoy", "results"):
        name = PARTS[part]
        yield f"{part}.stream_kb", idle.kilobytes(name)
        yield f"{part}.opening_us", idle.opening(name)
        for what, load in (("event_us", busiest), ("lone_event_us", calmest)):
            yield f"{part}.{what}", median([1e6 * one.cpu[name] / one.events for one in streams.loads[load][own]])
    yield "processor.opening_us", idle.opening(PROCESSOR)


def _rounded(value: float) -> float:
    """To three digits: more would be noise, and a difference in every commit."""
    return float(f"{value:.3g}")
