"""How much one process of each part carries: the part with the least is the first that needs a second one."""

from dataclasses import dataclass

from bench.capacity.demand import DAY, Assumptions, Flow, of_queries
from bench.capacity.measured import Measured
from bench.capacity.needs import broker_micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Of one process.

    Attributes:
        micros: CPU microseconds of a query, from its POST to the end of its stream, with its share of chunks.
        queries: A second, at the peak.
        a_day: Queries of a day with such a peak.
    """

    part: str
    micros: float
    queries: float
    a_day: float


def limits(measured: Measured, assumed: Assumptions) -> list[Limit]:
    """Of every part, the first to go first."""
    one = of_queries(DAY / assumed.peak, corpus=0, assumed=assumed)  # a query a second
    found = [_limit(part, micros, assumed) for part, micros in _micros(one, measured, assumed).items()]
    return sorted(found, key=lambda limit: limit.queries)


def _limit(part: str, micros: float, assumed: Assumptions) -> Limit:
    queries = assumed.busy * 1e6 / micros
    return Limit(part=part, micros=micros, queries=queries, a_day=queries * DAY / assumed.peak)


def _micros(one: Flow, measured: Measured, assumed: Assumptions) -> dict[str, float]:
    posts, events = one.queries + one.chunks, one.events + one.pings
    found = {
        "envoy": posts * measured["envoy.post_us"] + measured["envoy.opening_us"] + events * measured["envoy.event_us"],
        "processor": posts * measured["processor.post_us"] + measured["processor.opening_us"],
        "results, watched": measured["results.opening_us"] + events * measured["results.event_us"],
        "results, passed by": events * measured["results.unwatched_us"],
        "embedder, local model": one.chunks * measured["embedder.chunk_us"],
        "retriever, local model": measured["retriever.question_us"]
        + measured["retriever.search_us"]
        + one.chunks * measured["index.chunk_us"],
        "generator": assumed.tokens * measured["generator.delta_us"],
        "broker, one copy": broker_micros(measured, assumed),
    }
    for gateway, micros in measured.beside("processor.post_us").items():
        found[f"processor, {gateway}"] = posts * micros + measured["processor.opening_us"]
    for gateway, micros in measured.beside("results.unwatched_us").items():
        found[f"results, passed by, {gateway}"] = events * micros
    return found
