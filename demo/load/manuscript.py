"""A file as the chunks that are posted of it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from demo.load.errors import FileUnfit
from demo.load.files import Content, Source
from demo.load.splitting import VERSION, Piece, Splitter

_FENCE = "---"
_LABELS = frozenset({"public", "internal", "confidential"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A chunk on its way.

    Attributes:
        source: The file that it is of.
        number: Its place in the document, from 0.
        line: Its JSON, with a newline.
        share: How many bytes of the file it stands for.
        is_last: It ends the document.
    """

    source: Source
    number: int
    line: bytes
    share: int
    is_last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """What a Markdown file says of itself between two lines of `---` at its top; and the text without that."""

    fields: Mapping[str, str]
    text: str

    @classmethod
    def of(cls, text: str) -> "Front":
        """Reads `name: value` lines; what else stands there is passed over."""
        lines = text.splitlines(keepends=True)
        if not lines or lines[0].strip() != _FENCE:
            return cls(fields={}, text=text)
        end = next((number for number, line in enumerate(lines[1:], 1) if line.strip() == _FENCE), None)
        if end is None:
            return cls(fields={}, text=text)
        pairs = (line.partition(":") for line in lines[1:end])
        fields = {name.strip(): value.strip().strip("'\"") for name, _, value in pairs if value.strip()}
        return cls(fields=fields, text="".join(lines[end + 1 :]))


def chunks_of(source: Source, content: Content, *, visibility: str | None, splitter: Splitter) -> Sequence[Chunk]:
    """All chunks of a file, in order.

    What the file says of itself goes before what is said of all: a file that is confidential is not made public by
    being loaded with others.

    Raises:
        FileUnfit: It has a visibility that there is not.
    """
    front = Front.of(content.text) if source.is_markdown else Front(fields={}, text=content.text)
    label = front.fields.get("visibility", visibility)
    if label is not None and label not in _LABELS:
        reason = f"has the visibility {label}, which is none of {', '.join(sorted(_LABELS))}"
        raise FileUnfit(file=source.file, reason=reason)
    pieces = splitter.split(front.text, markdown=source.is_markdown)
    title = front.fields.get("title") or _title(pieces) or source.file.stem
    common = {"source_url": front.fields.get("source_url"), "visibility": label}
    known = {name: value for name, value in common.items() if value}
    return [
        Chunk(
            source=source,
            number=number,
            line=_line(source, number, piece, title=title, known=known),
            share=_share(source.size, number, len(pieces)),
            is_last=number + 1 == len(pieces),
        )
        for number, piece in enumerate(pieces)
    ]


def fingerprint(content: Content, *, visibility: str | None) -> str:
    """Changes whenever what is posted of the file would."""
    return hashlib.sha256(f"{VERSION} {visibility} {content.digest}".encode()).hexdigest()[:32]


def _line(source: Source, number: int, piece: Piece, *, title: str, known: Mapping[str, str]) -> bytes:
    chunk: dict[str, Any] = {
        "doc_id": source.doc_id,
        "chunk_index": number,
        "text": piece.text,
        **known,
        "metadata": {"title": title, "heading": piece.heading},
    }
    return orjson.dumps(chunk) + b"\n"


def _title(pieces: Sequence[Piece]) -> str:
    return pieces[0].heading.partition(" > ")[0] if pieces else ""


def _share(size: int, number: int, count: int) -> int:
    return size * (number + 1) // count - size * number // count
