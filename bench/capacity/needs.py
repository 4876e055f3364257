"""What each part needs for a flow: cores, processes, memory. The arithmetic of docs/scaling.md."""

import math
from dataclasses import dataclass, replace

from bench.capacity.demand import Assumptions, Flow
from bench.capacity.measured import Measured

LEAST = 2
"""Processes of each part of ours, so that one may be away."""

INDEX_BYTES = 4000
"""Of a chunk in an index: vector, text and what finds them."""

EMBEDDED = 1_000_000
"""Chunks that an embedded index holds at most: four gigabytes in every retriever."""

COPIES, LEAST_NODES, NODE_MEMORY, NODE_CORES = 2, 3, 32_000, 8
"""Of each chunk in a Qdrant cluster; its nodes at least; MB of a node, and the cores that a node or a broker has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Of one part.

    Attributes:
        cores: That it uses at the peak.
        processes: Each loaded with `busy` of a core at most.
        memory: MB of all of them.
    """

    part: str
    cores: float
    processes: int
    memory: float


def needs(flow: Flow, measured: Measured, assumed: Assumptions) -> list[Need]:
    """Of every part, in the order of the flow."""
    found = [
        _edge(flow, measured),
        _part("processor", _processor(flow, measured), measured, assumed),
        _results(flow, measured, assumed),
        _part("embedder", measured.cores("embedder.chunk_us", flow.chunks), measured, assumed),
        _retriever(flow, measured, assumed),
        _server(flow, measured, assumed),
        _part("generator", measured.cores("generator.delta_us", flow.queries * assumed.tokens), measured, assumed),
        _broker(flow, measured, assumed),
    ]
    return [_with_rest(need, measured) for need in found]


def cells(flow: Flow, measured: Measured, assumed: Assumptions) -> int:
    """Among how many topics of results, each with its own results servers, streams have to be shared out.

    Every results server reads every record of its topic, so what nobody there watches must leave it room for what somebody
    does: here, half of what it is loaded with.
    """
    return max(math.ceil(measured.cores("results.unwatched_us", flow.events) / (assumed.busy / 2)), 1)


def embedded(flow: Flow, measured: Measured, assumed: Assumptions) -> bool:
    """Whether each retriever can have an index of its own: it has to hold all, and to index all, with room to search."""
    return flow.corpus <= EMBEDDED and measured.cores("index.chunk_us", flow.chunks) <= assumed.busy / 2


def partitions(found: list[Need]) -> int:
    """Of each topic that workers share: twice as many as there are workers of a stage, so that there is room to grow."""
    most = max((need.processes for need in found if need.part in {"embedder", "retriever", "generator"}), default=0)
    return max(6, 2 * most)


def _with_rest(need: Need, measured: Measured) -> Need:
    """With what processes use that have nothing to do, which is all there is where little is asked."""
    return replace(need, cores=need.cores + need.processes * measured.coefficients.get(f"{need.part}.idle_cores", 0.0))


def _edge(flow: Flow, measured: Measured) -> Need:
    """Envoy has as many threads as cores, so it is counted in cores; two machines at least."""
    cores = (
        measured.cores("envoy.post_us", flow.queries + flow.chunks)
        + measured.cores("envoy.opening_us", flow.opened)
        + measured.cores("envoy.event_us", flow.events + flow.pings)
    )
    memory = LEAST * measured["envoy.rest_mb"] + flow.streams * measured["envoy.stream_kb"] / 1000
    return Need(part="envoy", cores=cores, processes=LEAST, memory=memory)


def _processor(flow: Flow, measured: Measured) -> float:
    posts = measured.cores("processor.post_us", flow.queries + flow.chunks)
    return posts + measured.cores("processor.opening_us", flow.opened)


def _results(flow: Flow, measured: Measured, assumed: Assumptions) -> Need:
    """In each cell as many servers as keep all under `busy`, each reading everything and writing its share."""
    among = cells(flow, measured, assumed)
    written = measured.cores("results.event_us", (flow.events + flow.pings) / among)
    written += measured.cores("results.opening_us", flow.opened / among)
    passed = measured.cores("results.unwatched_us", flow.events / among)
    # n servers use written + (n - 1) * passed together, and may use n * busy.
    each = max(math.ceil((written - passed) / (assumed.busy - passed)), LEAST)
    held = among * each * measured["results.rest_mb"] + flow.streams * measured["results.stream_kb"] / 1000
    return Need(part="results", cores=among * (written + (each - 1) * passed), processes=among * each, memory=held)


def _retriever(flow: Flow, measured: Measured, assumed: Assumptions) -> Need:
    """With an embedded index each holds every chunk and reads every embedding; with a server's it embeds and asks."""
    searched, indexed = measured.cores("retriever.question_us", flow.queries), 0.0
    memory = measured["retriever.rest_mb"]
    if embedded(flow, measured, assumed):
        searched += measured.cores("retriever.search_us", flow.queries)
        indexed = measured.cores("index.chunk_us", flow.chunks)
        memory += flow.corpus * INDEX_BYTES / 1e6
    count = max(math.ceil(searched / (assumed.busy - indexed)), LEAST)
    return Need(part="retriever", cores=searched + count * indexed, processes=count, memory=count * memory)


def _server(flow: Flow, measured: Measured, assumed: Assumptions) -> Need:
    """A Qdrant cluster, where the index is not embedded: each chunk on two nodes, all in memory."""
    if embedded(flow, measured, assumed):
        return Need(part="index server", cores=0.0, processes=0, memory=0.0)
    cores = measured.cores("retriever.search_us", flow.queries)
    cores += COPIES * measured.cores("index.chunk_us", flow.chunks)
    memory = COPIES * flow.corpus * INDEX_BYTES / 1e6
    nodes = max(math.ceil(memory / NODE_MEMORY), math.ceil(cores / (NODE_CORES * assumed.busy)), LEAST_NODES)
    return Need(part="index server", cores=cores, processes=nodes, memory=memory)


def broker_micros(measured: Measured, assumed: Assumptions) -> float:
    """Of a broker that holds one copy, for a query with its context, its events and its end, and for its chunks.

    A record by itself costs what a POST at the fixed rate costs the broker; one among many, what one at full rate does.
    """
    alone, among = measured["broker.post_us"], measured["broker.busy_post_us"]
    return 2 * alone + measured["broker.answer_us"] + assumed.events * among + 2 * assumed.chunks_a_query * alone


def _broker(flow: Flow, measured: Measured, assumed: Assumptions) -> Need:
    """A copy costs a broker about what the record did."""
    cores = flow.queries * broker_micros(measured, assumed) / 1e6
    cores += measured.cores("broker.busy_post_us", max(flow.events - flow.queries * assumed.events, 0.0))
    cores *= assumed.replication
    count = max(math.ceil(cores / (NODE_CORES * assumed.busy)), assumed.replication)
    return Need(part="broker", cores=cores, processes=count, memory=count * measured["broker.rest_mb"])


def _part(part: str, cores: float, measured: Measured, assumed: Assumptions) -> Need:
    count = max(math.ceil(cores / assumed.busy), LEAST)
    return Need(part=part, cores=cores, processes=count, memory=count * measured[f"{part}.rest_mb"])
