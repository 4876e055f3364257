"""The declaration of what is on `rag.embeddings`, as text, for those who describe it."""

from pathlib import Path

DECLARED = (Path(__file__).parent / "embedding.proto").read_text(encoding="utf-8")
