"""A passage as a point."""

import uuid

from tests.workers.index.entries import entry
from workers.index.points import passage_of, payload_of, point_id


def test_id_is_stable() -> None:
    """The id of a key never changes between versions: an index on disk depends on it."""
    assert point_id("doc#0") == uuid.UUID("67677947-7a84-5fd2-b544-8eaab60ef36a")
    assert point_id("doc#0") != point_id("doc#1")


def test_round_trip() -> None:
    """A payload gives the passage back."""
    kept = entry("text", doc_id="d", chunk_index=3, metadata={"a": [1]}, source_url="https://x.example")
    assert kept.passage == passage_of(payload_of(kept))
    assert payload_of(kept)["content_hash"] == "h1"
