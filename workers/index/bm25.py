"""Text as sparse vectors for BM25, the same for every index, so that their rankings agree.

A document's weights hold the term frequencies and its length; the index adds the inverse document frequency when it
searches, over those passages that the searcher may see.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from qdrant_edge import Bm25, Bm25Config, SparseVector


@dataclass(frozen=True, slots=True)
class Sparse:
    """A sparse vector; empty where a text has no word that counts."""

    indices: Sequence[int]
    values: Sequence[float]


class Bm25Encoder:
    """Makes sparse vectors. English stems and stop words; other languages are matched word by word."""

    def __init__(self) -> None:
        self._bm25 = Bm25(Bm25Config(language="english", ascii_folding=True))

    def document(self, text: str) -> Sparse:
        """The weights under which `text` is kept."""
        return _sparse(self._bm25.embed_document(text))

    def query(self, text: str) -> Sparse:
        """The words that `text` asks for."""
        return _sparse(self._bm25.embed_query(text))


def _sparse(vector: SparseVector) -> Sparse:
    return Sparse(vector.indices, vector.values)
