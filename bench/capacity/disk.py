"""What Kafka keeps."""

from dataclasses import dataclass

from bench.capacity.demand import Assumptions

QUERY_BYTES = 1000
CONTEXT_BYTES = 10_000
EVENT_BYTES = 700
ANSWER_BYTES = 4000
CHUNK_BYTES = 1500
EMBEDDING_BYTES = 3000
ANSWERS_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """Of all brokers, in GB of 10^9 bytes.

    Attributes:
        passing: Queries, contexts, results and answers, for as long as their topics keep them.
        kept: Chunks and embeddings, the newest of each.
    """

    passing: float
    kept: float


def disk(a_day: float, *, corpus: float, assumed: Assumptions) -> Disk:
    """With the retention of gateway.yaml, before compression."""
    day = QUERY_BYTES + CONTEXT_BYTES + assumed.events * EVENT_BYTES
    each = day + ANSWERS_DAYS * ANSWER_BYTES
    kept = corpus * (CHUNK_BYTES + EMBEDDING_BYTES)
    return Disk(passing=assumed.replication * a_day * each / 1e9, kept=assumed.replication * kept / 1e9)
