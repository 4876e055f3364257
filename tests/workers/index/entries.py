"""Entries for the tests of the indexes: three numbers a vector, so that who is near whom can be seen."""

from collections.abc import Sequence
from typing import Any

from runtime.settings.models import IndexSettings
from workers.ports import Entry, Passage

MODEL, DIMENSIONS = "tiny", 3


def entry(
    text: str,
    *,
    vector: Sequence[float] = (1.0, 0.0, 0.0),
    visibility: str = "public",
    doc_id: str = "doc",
    chunk_index: int = 0,
    content_hash: str = "h1",
    metadata: dict[str, Any] | None = None,
    source_url: str | None = None,
) -> Entry:
    """An entry with everything but the text by default."""
    passage = Passage(
        doc_id=doc_id,
        chunk_index=chunk_index,
        text=text,
        visibility=visibility,
        source_url=source_url,
        metadata=metadata,
    )
    return Entry(passage=passage, vector=vector, content_hash=content_hash)


def edge_settings(path: object, **changes: Any) -> IndexSettings:
    """Settings of an embedded index in that folder."""
    return IndexSettings(provider="qdrant-edge", path=str(path), **changes)
