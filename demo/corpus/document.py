"""A document of the corpus: a Markdown file with front matter, cut into chunks at its paragraphs.

```
---
doc_id: locks/gates
title: Lock gates
visibility: public
source_url: https://...
---
# A heading

A paragraph, one sentence a line: one chunk.
```
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from demo.corpus.errors import DocumentInvalid

_FENCE = "---"
_FIELDS = {"doc_id", "title", "visibility", "source_url"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A paragraph with the heading that it stands under."""

    heading: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One file. The same file gives the same chunks, with the same numbers, every time."""

    doc_id: str
    title: str
    visibility: str
    source_url: str
    paragraphs: tuple[Paragraph, ...]

    @classmethod
    def read(cls, file: Path) -> Self:
        """Reads a file.

        Raises:
            DocumentInvalid: It lacks its front matter, or has no text.
        """
        front, body = _parts(file)
        paragraphs = tuple(_paragraphs(body))
        if not paragraphs:
            raise DocumentInvalid(file=file, reason="has no text")
        return cls(**_fields(front, file), paragraphs=paragraphs)

    def chunks(self) -> Iterator[dict[str, Any]]:
        """What is posted to /chunks, one for each paragraph."""
        for number, paragraph in enumerate(self.paragraphs):
            yield {
                "doc_id": self.doc_id,
                "chunk_index": number,
                "text": paragraph.text,
                "source_url": self.source_url,
                "visibility": self.visibility,
                "metadata": {"title": self.title, "heading": paragraph.heading},
            }


def _parts(file: Path) -> tuple[list[str], list[str]]:
    lines = file.read_text(encoding="utf-8").splitlines()
    if lines[:1] != [_FENCE] or _FENCE not in lines[1:]:
        raise DocumentInvalid(file=file, reason=f"has no front matter between {_FENCE} lines")
    end = lines.index(_FENCE, 1)
    return lines[1:end], lines[end + 1 :]


def _fields(lines: list[str], file: Path) -> dict[str, str]:
    pairs = (line.partition(":") for line in lines)
    fields = {name.strip(): value.strip() for name, _, value in pairs}
    if set(fields) != _FIELDS or not all(fields.values()):
        raise DocumentInvalid(file=file, reason=f"needs exactly {', '.join(sorted(_FIELDS))} in its front matter")
    return fields


def _paragraphs(lines: list[str]) -> Iterator[Paragraph]:
    heading, text = "", list[str]()
    for line in [*lines, ""]:
        ends = line.startswith("#") or not line.strip()
        if ends and text:
            yield Paragraph(heading=heading, text=" ".join(text))
            text = []
        if line.startswith("#"):
            heading = line.lstrip("#").strip()
        elif not ends:
            text.append(line.strip())
