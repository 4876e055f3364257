"""The text of every passage, as `rag.chunks` has it."""

from collections import OrderedDict
from dataclasses import dataclass

from bus.records import Received
from schemas.errors import Malformed
from workers.chunk import decode_chunk

BYTES = 64 * 1024 * 1024
"""How much text is held. Policy: past it, what was written longest ago is forgotten."""

_OVERHEAD = 400  # of a passage without its text


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One chunk, as it was taken in."""

    doc_id: str
    chunk_index: int
    text: str
    visibility: str
    source_url: str | None


class Passages:
    """Follows the topic of chunks: the newest of each is held, and none that was deleted."""

    def __init__(self, *, size: int = BYTES) -> None:
        self._size = size
        self._held: OrderedDict[bytes, Passage] = OrderedDict()
        self._bytes = 0

    def take(self, record: Received) -> None:
        """Notes a record of the topic; one that cannot be read changes nothing."""
        if record.key is None:
            return
        passage = _passage(record) if record.value is not None else None
        if passage is None and record.value is not None:
            return
        self._forget(record.key)
        if passage is not None:
            self._held[record.key] = passage
            self._bytes += _weight(passage)
        while self._bytes > self._size:
            self._forget(next(iter(self._held)))

    def find(self, doc_id: str, chunk_index: int) -> Passage | None:
        """The passage; `None` where there is none, or it was forgotten."""
        return self._held.get(f"{doc_id}#{chunk_index}".encode())

    def __len__(self) -> int:
        return len(self._held)

    def _forget(self, key: bytes) -> None:
        if (passage := self._held.pop(key, None)) is not None:
            self._bytes -= _weight(passage)


def _weight(passage: Passage) -> int:
    return len(passage.text.encode()) + _OVERHEAD


def _passage(record: Received) -> Passage | None:
    try:
        chunk = decode_chunk(record)
    except Malformed:
        return None
    return Passage(
        doc_id=chunk.doc_id,
        chunk_index=chunk.chunk_index,
        text=chunk.text,
        visibility=chunk.visibility,
        source_url=chunk.source_url or None,
    )
