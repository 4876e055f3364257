"""What the embedder has already written: learnt from `rag.embeddings` itself, so that a restart forgets nothing.

For each key the hash of its text and where its vector lies in the log; never the vector, so that much is known in
little memory. A chunk that is no longer known is embedded again, which costs a call and nothing else.
"""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass

from bus.errors import OffsetOutOfRange
from bus.ports import Reader
from bus.records import Partition, Received, Record
from schemas.errors import Malformed
from schemas.signature import Signer
from workers.chunk import decode_embedding
from workers.errors import Untrusted
from workers.lru import Lru
from workers.ports import Vector
from workers.scan import scan
from workers.topics import CHUNKS, EMBEDDINGS
from workers.trust import verify

LIMIT = 10_000  # keys of each partition; with six of them about 20 MB
READ = 10_000  # records of each partition that are read when its first chunk comes

_OFFSET_DIGITS = 19  # of the largest


@dataclass(frozen=True, slots=True)
class Written:
    """The newest embedding of a chunk.

    Attributes:
        content_hash: Of text and model; empty where the chunk was deleted.
        chunk_offset: Of the chunk that it was made from.
        position: Its own offset in `rag.embeddings`; `None` where it is not known.
    """

    content_hash: str
    chunk_offset: int
    position: int | None


class Known:
    """Belongs to one embedder; `rag.chunks` and `rag.embeddings` have the same partitions."""

    def __init__(self, reader: Reader, *, signer: Signer) -> None:
        self._reader = reader
        self._signer = signer
        self._written: dict[int, Lru[bytes, Written]] = {}
        self._loading = asyncio.Lock()

    async def find(self, record: Received) -> Written | None:
        """What was last written for the key of a chunk; the first call for a partition reads the log.

        Raises:
            BusUnavailable: No broker answered.
        """
        if record.partition not in self._written:
            async with self._loading:
                if record.partition not in self._written:
                    self._written[record.partition] = await self._load(record.partition)
        return self._written[record.partition].get(record.key or b"")

    def learn(self, record: Record | Received, *, partition: int, position: int | None) -> None:
        """An embedding has been written."""
        if partition in self._written:
            _learn(self._written[partition], record, position)

    async def vector(self, written: Written, record: Received) -> Vector | None:
        """The vector of `written`; `None` where the log no longer holds it.

        Raises:
            BusUnavailable: No broker answered.
        """
        if written.position is None:
            return None
        try:
            found = await self._reader.read(Partition(EMBEDDINGS, record.partition), written.position, limit=1)
        except OffsetOutOfRange:
            return None
        if not found or (found[0].offset, found[0].key) != (written.position, record.key):
            return None
        return list(decode_embedding(found[0].value or b"").vector)

    def forget(self, partitions: Collection[Partition]) -> None:
        """These belong to another embedder now, which writes what we no longer see."""
        for partition in partitions:
            self._written.pop(partition.number, None)

    async def _load(self, number: int) -> Lru[bytes, Written]:
        at = Partition(EMBEDDINGS, number)
        bounds = await self._reader.bounds(at)
        chunks = await self._reader.bounds(Partition(CHUNKS, number))
        written: Lru[bytes, Written] = Lru(LIMIT)
        start = max(bounds.earliest, bounds.end - READ)
        async for record in scan(self._reader, at, start=start, end=bounds.end):
            # What was made from a chunk that is not there yet, was made from another topic of this name.
            if self._trusted(record) and _chunk_offset(record) < chunks.end:
                _learn(written, record, record.offset)
        return written

    def _trusted(self, record: Received) -> bool:
        try:
            verify(record, self._signer)
        except Untrusted:
            return False
        return True


def origin_id(record: Received) -> str:
    """The `ce_id` of what is made from a chunk: the same chunk gives the same id."""
    return f"{record.topic}/{record.partition}/{record.offset}"


def _chunk_offset(record: Record | Received) -> int:
    # The signature does not cover it: a record that somebody wrote again may have anything here.
    ce_id = dict(record.headers).get("ce_id", b"").decode("utf-8", "replace")
    offset = ce_id.rpartition("/")[2]
    return int(offset) if offset.isdecimal() and len(offset) <= _OFFSET_DIGITS else -1


def _learn(written: Lru[bytes, Written], record: Record | Received, position: int | None) -> None:
    try:
        hash_ = decode_embedding(record.value).content_hash if record.value is not None else ""
    except Malformed:
        return
    written.set(record.key or b"", Written(hash_, _chunk_offset(record), position))
