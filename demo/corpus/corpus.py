"""The corpus of the demo: canals and locks, Sluice itself, and an invented company that has secrets."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import orjson

from demo.corpus.document import Document

FOLDER = Path(__file__).parent / "documents"


@dataclass(frozen=True, slots=True)
class Corpus:
    """All documents, in the order of their ids."""

    documents: tuple[Document, ...]

    @classmethod
    def read(cls, folder: Path = FOLDER) -> Self:
        """Reads every Markdown file of a folder.

        Raises:
            DocumentInvalid: One is not built as it should be.
        """
        documents = map(Document.read, folder.glob("*.md"))
        return cls(tuple(sorted(documents, key=lambda document: document.doc_id)))

    def chunks(self) -> list[dict[str, Any]]:
        """Every chunk of every document."""
        return [chunk for document in self.documents for chunk in document.chunks()]


def fingerprint(chunk: dict[str, Any]) -> str:
    """Changes whenever anything in the chunk does."""
    return hashlib.sha256(orjson.dumps(chunk, option=orjson.OPT_SORT_KEYS)).hexdigest()
