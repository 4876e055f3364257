"""A passage as a point of either index."""

import uuid
from typing import Any

from workers.ports import Entry, Passage

DENSE = "dense"
SPARSE = "bm25"

# Reciprocal rank fusion with the constant of its paper: a hit's place counts, and the first places do not decide alone.
RRF_K = 60

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
