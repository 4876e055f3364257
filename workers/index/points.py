"""A passage as a point of either index."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from workers.ports import Entry, Hit, Passage

DENSE = "dense"
SPARSE = "bm25"

# Reciprocal rank fusion with the constant of its paper: a hit's place counts, and the first places do not decide alone.
RRF_K = 60

# Fused ranks are often equal (first and second, second and first), and an engine orders equals as it likes, otherwise
# each time. So a few more are asked for than are wanted, for `best` to choose among.
SPARE = 10

_NAMESPACE = uuid.UUID("6f6b0f0e-5a0c-5e4f-9b57-5d1c0a1e8d11")


def point_id(key: str) -> uuid.UUID:
    """The id of the point of a passage: the same key is always the same point."""
    return uuid.uuid5(_NAMESPACE, key)


def payload_of(entry: Entry) -> dict[str, Any]:
    """What is kept beside the vectors."""
    passage = entry.passage
    return {
        "key": passage.key,
        "doc_id": passage.doc_id,
        "chunk_index": passage.chunk_index,
        "text": passage.text,
        "visibility": passage.visibility,
        "source_url": passage.source_url,
        "metadata": passage.metadata,
        "content_hash": entry.content_hash,
    }


def passage_of(payload: dict[str, Any]) -> Passage:
    """The passage that was kept."""
    return Passage(
        doc_id=payload["doc_id"],
        chunk_index=payload["chunk_index"],
        text=payload["text"],
        visibility=payload["visibility"],
        source_url=payload["source_url"],
        metadata=payload["metadata"],
    )


def best(hits: Iterable[Hit], limit: int) -> Sequence[Hit]:
    """The first of `hits`, equals by their keys: the same question always has the same answer."""
    return sorted(hits, key=lambda hit: (-hit.score, hit.passage.key))[:limit]
