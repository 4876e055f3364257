"""What of each document is in, kept in a file, so that a loader that was cut off or killed goes on where it was.

The file grows by a line of JSON whenever receipts have come, at most every `SECONDS`. The last line of a document
counts, and a line that was torn by a kill does not. What was acknowledged and not yet written down is sent once more,
which does no harm: the key of a chunk decides, not how often it came.
"""

import fcntl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import orjson

from demo.load.errors import JournalBusy
from demo.load.manuscript import Chunk

SECONDS = 0.2


@dataclass(slots=True, kw_only=True)
class Standing:
    """How far a document has come.

    Attributes:
        fingerprint: Of the content that this is about.
        done: Chunks before this number have had a receipt.
        refused: Those among them that were not taken; they are sent again next time.
        whole: The last chunk has had its receipt.
    """

    fingerprint: str
    done: int = 0
    refused: set[int] = field(default_factory=set)
    whole: bool = False

    @property
    def is_in(self) -> bool:
        """Whether nothing is left to be sent."""
        return self.whole and not self.refused

    def wants(self, number: int) -> bool:
        """Whether a chunk is still to be sent."""
        return number >= self.done or number in self.refused


class Journal:
    """The file; a context manager. Where there is none, or none that can be read, all is sent.

    Raises:
        JournalBusy: On entering, where another loader has the file.
    """

    def __init__(self, file: Path, *, now: Callable[[], float] = time.monotonic) -> None:
        self._file = file
        self._now = now
        self._standings: dict[str, Standing] = {}
        self._changed: dict[str, Standing] = {}
        self._written = float("-inf")
        self._out: BinaryIO | None = None
        self._held: BinaryIO | None = None

    def __enter__(self) -> Self:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._held = _locked(self._file.with_suffix(".lock"))
        self._standings = _read(self._file)
        # Rewritten at each start, so that it holds one line a document, however long the last run was.
        aside = self._file.with_suffix(".new")
        aside.write_bytes(b"".join(_line(doc_id, standing) for doc_id, standing in self._standings.items()))
        aside.replace(self._file)
        self._out = self._file.open("ab", buffering=0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._write()
        for file in (self._out, self._held):
            if file:
                file.close()

    def standing(self, doc_id: str, *, fingerprint: str) -> Standing:
        """How far the document has come; not at all where its content is another by now."""
        known = self._standings.get(doc_id)
        if known is None or known.fingerprint != fingerprint:
            known = self._standings[doc_id] = Standing(fingerprint=fingerprint)
        return known

    def begin_again(self, doc_id: str) -> None:
        """What is known of the document counts no more."""
        self._standings.pop(doc_id, None)

    def heard(self, chunk: Chunk, *, taken: bool) -> None:
        """A chunk has had its receipt. Receipts of a document come in the order of its chunks."""
        doc_id = chunk.source.doc_id
        standing = self._standings[doc_id]
        standing.done = max(standing.done, chunk.number + 1)
        standing.refused.discard(chunk.number)
        if not taken:
            standing.refused.add(chunk.number)
        standing.whole |= chunk.is_last
        self._changed[doc_id] = standing

    def note(self) -> None:
        """Writes down what has changed, if the last time is long enough ago."""
        if self._now() - self._written >= SECONDS:
            self._write()

    def _write(self) -> None:
        if self._out and self._changed:
            self._out.write(b"".join(_line(doc_id, standing) for doc_id, standing in self._changed.items()))
            self._changed.clear()
        self._written = self._now()


def _locked(file: Path) -> BinaryIO:
    held = file.open("ab")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        held.close()
        raise JournalBusy(file=file) from error
    return held


def _line(doc_id: str, standing: Standing) -> bytes:
    kept = [doc_id, standing.fingerprint, standing.done, sorted(standing.refused), standing.whole]
    return orjson.dumps(kept) + b"\n"


def _read(file: Path) -> dict[str, Standing]:
    try:
        lines = file.read_bytes().splitlines()
    except FileNotFoundError:
        return {}
    standings: dict[str, Standing] = {}
    for line in lines:
        try:
            doc_id, fingerprint, done, refused, whole = orjson.loads(line)
            known = Standing(fingerprint=fingerprint, done=int(done), refused=set(refused), whole=bool(whole))
        except (ValueError, TypeError):
            continue  # torn, or nobody's: what is not known is sent again
        standings[str(doc_id)] = known
    return standings
