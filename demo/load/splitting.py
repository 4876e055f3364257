"""Text in pieces that an embedding model reads well: cut at headings, paragraphs, sentences and words, in this order.

MiniLM was trained on 256 tokens and knows nothing of what follows.
Counting tokens at each trial cut is some fifty times slower than counting characters. So text is cut by characters
first, which fits nearly always, and only what then has too many tokens is cut again by tokens.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from semantic_text_splitter import MarkdownSplitter, TextSplitter

from workers.models.tokens import BEST, tokenizer

VERSION = 1
"""Of the rules here: whoever changes where text is cut counts up, and what was loaded is loaded again."""

CHARACTERS = (600, 900)
TOKENS = (BEST // 4, BEST - 2)  # the model's two markers count, too

LONGEST = 4096
"""Characters, as the schema of chunks allows; letters without a space are few tokens however many they are."""

_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$")
_FENCE = re.compile(r"^ {0,3}(```|~~~)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece of a text; `heading` is what it stands under, from the outermost, as `Locks > Gates`."""

    text: str
    heading: str


class Splitter:
    """Cuts texts. The same text is cut at the same places, every time."""

    def __init__(self) -> None:
        self._tokenizer = tokenizer()
        self._markdown = MarkdownSplitter(CHARACTERS)
        self._text = TextSplitter(CHARACTERS)
        self._finer = TextSplitter.from_huggingface_tokenizer(self._tokenizer, TOKENS)
        self._finest = TextSplitter(LONGEST)

    def split(self, text: str, *, markdown: bool) -> Sequence[Piece]:
        """The pieces, in order; none of a text that is blank."""
        cut = (self._markdown if markdown else self._text).chunk_indices(text)
        trail = _Trail(text) if markdown else None
        pieces = [Piece(text=piece, heading=trail.at(start, piece) if trail else "") for start, piece in cut]
        fitting = [fit for piece in _with_headings(pieces) for fit in self._fit(piece)]
        return [piece for piece in fitting if piece.text.strip()]

    def tokens(self, text: str) -> int:
        """How many the model reads, its two markers included."""
        return len(self._tokenizer.encode(text).ids)

    def _fit(self, piece: Piece) -> Iterator[Piece]:
        parts = [piece.text] if self.tokens(piece.text) <= BEST else self._finer.chunks(piece.text)
        for part in parts:
            for text in [part] if len(part) <= LONGEST else self._finest.chunks(part):
                yield replace(piece, text=text)


class _Trail:
    """The headings that are in force at each place of a Markdown text."""

    def __init__(self, text: str) -> None:
        self._marks = list(_headings(text))
        self._open: list[tuple[int, str]] = []

    def at(self, start: int, piece: str) -> str:
        """Where a piece begins, or at the heading that it begins with; asked for from the first piece to the last."""
        end = start + (len(piece.partition("\n")[0]) if _HEADING.match(piece) else 0)
        while self._marks and self._marks[0][0] <= end:
            _, level, title = self._marks.pop(0)
            self._open = [one for one in self._open if one[0] < level]
            self._open.append((level, title))
        return " > ".join(title for _, title in self._open if title)


def _headings(text: str) -> Iterator[tuple[int, int, str]]:
    start, fence = 0, ""
    for line in text.splitlines(keepends=True):
        mark = _FENCE.match(line)
        if mark and fence in {"", mark[1]}:
            fence = "" if fence else mark[1]
        found = None if fence else _HEADING.match(line.rstrip("\r\n"))
        if found:
            yield start, len(found[1]), found[2]
        start += len(line)


def _with_headings(pieces: Sequence[Piece]) -> Iterator[Piece]:
    # A heading before a long section is cut off from it. Alone it says nothing, so it goes with what follows.
    waiting = ""
    for piece in pieces:
        text = f"{waiting}\n\n{piece.text}" if waiting else piece.text
        if _is_heading(piece.text):
            waiting = text
            continue
        waiting = ""
        yield replace(piece, text=text)
    if waiting:
        yield replace(pieces[-1], text=waiting)


def _is_heading(text: str) -> bool:
    return all(_HEADING.match(line) for line in text.splitlines() if line.strip())
