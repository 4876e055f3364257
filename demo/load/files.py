"""Which files are loaded, and as which documents."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from demo.load.errors import FileUnfit, NothingToLoad, SameId

MARKDOWN = (".md", ".markdown")
KINDS = (*MARKDOWN, ".txt", ".text")

LARGEST = 16 * 1024 * 1024
"""Bytes of one file: it is read and split as a whole, so this bounds the memory that loading takes."""

LONGEST_ID = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file and the document that it becomes."""

    file: Path
    doc_id: str
    size: int

    @property
    def is_markdown(self) -> bool:
        """Whether headings and lists are to be respected."""
        return self.file.suffix.lower() in MARKDOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a file holds; `digest` changes whenever that does."""

    text: str
    digest: str


def find(paths: Sequence[Path], *, prefix: str = "") -> Sequence[Source]:
    """All files that these name, in a steady order; each can be loaded.

    A folder stands for the text and Markdown files in it, at any depth, whose names do not begin with a dot.
    A document is called as its file is, as seen from the folder that was named.

    Raises:
        FileUnfit: One is missing, or cannot be loaded.
        NothingToLoad: There are none.
        SameId: Two would be one document.
    """
    found: dict[str, Source] = {}
    for path in paths:
        for file, name in _named(path):
            source = _source(file, f"{prefix}{name}")
            other = found.setdefault(source.doc_id, source)
            if other.file.resolve() != file.resolve():
                raise SameId(doc_id=source.doc_id, files=(other.file, file))
    if not found:
        raise NothingToLoad(kinds=KINDS)
    return list(found.values())


def read(file: Path) -> Content:
    """What the file holds.

    Raises:
        FileUnfit: It cannot be read, or is not text.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise FileUnfit(file=file, reason=f"cannot be read: {error.strerror}") from error
    if b"\0" in content:
        raise FileUnfit(file=file, reason="is not text: it holds NUL bytes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        reason = f"is not UTF-8: byte {error.start} is 0x{content[error.start]:02x}"
        raise FileUnfit(file=file, reason=reason) from error
    return Content(text=text, digest=hashlib.sha256(content).hexdigest())


def _named(path: Path) -> Iterator[tuple[Path, str]]:
    if path.is_dir():
        for folder, folders, names in os.walk(path, onerror=_fail):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                file = Path(folder) / name
                if file.suffix.lower() in KINDS and not name.startswith("."):
                    yield file, file.relative_to(path).as_posix()
    elif path.is_file():
        yield path, path.name
    elif path.exists():
        raise FileUnfit(file=path, reason="is neither a file nor a folder")
    else:
        raise FileUnfit(file=path, reason="is not there")


def _source(file: Path, doc_id: str) -> Source:
    if len(doc_id) > LONGEST_ID or "#" in doc_id or not doc_id.isprintable():
        reason = f"gives no id for a document: at most {LONGEST_ID} characters, without # and control characters"
        raise FileUnfit(file=file, reason=reason)
    read(file)  # whoever names a picture hears of it before anything is sent
    size = file.stat().st_size
    if size > LARGEST:
        raise FileUnfit(file=file, reason=f"has {size} bytes; at most {LARGEST} are loaded from one file")
    return Source(file=file, doc_id=doc_id, size=size)


def _fail(error: OSError) -> None:
    raise FileUnfit(file=Path(error.filename), reason=f"cannot be read: {error.strerror}") from error
