"""The first stage: chunks become vectors, on `rag.embeddings`, which every index follows."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager, nullcontext

from bus.records import Partition, Receipt, Received, Record
from proto.generated.embedding_pb2 import Embedding
from runtime.metrics import WorkerMetrics
from runtime.tracing.current import step
from schemas.errors import Malformed
from workers.batcher import Batcher
from workers.chunk import CONTENT_TYPE, DELETED, TYPE, Chunk, decode_chunk, doc_id_of, embedding_of
from workers.errors import Poison, StageError
from workers.known import Known, Written, origin_id
from workers.ports import Vector
from workers.scribe import Draft, Scribe
from workers.topics import CHUNKS, EMBEDDINGS


class EmbedderStage:
    """One embedding for each chunk, in order of its versions.

    A newer version with the same text keeps its vector, and only what else has changed is written: a new visibility
    always is. The *same* version again is embedded again: it comes again only when someone has reset the group to have
    it so, or for the moment before the last commit when a worker has died. An older version than the one already
    written is passed over, so that a replay never shows for a while what has been changed or deleted since.
    """

    name: str = "embedder"
    topics: tuple[str, ...] = (CHUNKS,)
    final: bool = False

    def __init__(
        self,
        *,
        batcher: Batcher,
        known: Known,
        scribe: Scribe,
        model: str,
        dimensions: int,
        metrics: WorkerMetrics,
    ) -> None:
        self._batcher = batcher
        self._known = known
        self._scribe = scribe
        self._model = model
        self._dimensions = dimensions
        self._metrics = metrics

    async def handle(self, record: Received) -> Sequence[Record]:
        """As `Stage.handle`."""
        written = await self._known.find(record)
        if written and written.chunk_offset > record.offset:
            self._skipped("superseded")
            return ()
        if record.value is None:
            return (self._record(record, DELETED, None),)
        embedding = embedding_of(_chunk(record), model=self._model, dimensions=self._dimensions)
        embedding.vector.extend(await self._vector(record, embedding, written))
        return (self._record(record, TYPE, embedding.SerializeToString()),)

    def calling_off(self, record: Received, call: Callable[[], None]) -> AbstractContextManager[None]:
        """As `Stage.calling_off`: a chunk is always wanted."""
        return nullcontext()

    def given_up(self, record: Received, error: StageError) -> Sequence[Record]:
        """As `Stage.given_up`: nobody waits for a chunk."""
        return ()

    def written(self, record: Record, receipt: Receipt | None) -> None:
        """As `Stage.written`."""
        if record.topic == EMBEDDINGS and receipt:
            self._known.learn(record, partition=receipt.partition, position=receipt.offset)

    async def landed(self, record: Record) -> bool:
        """As `Stage.landed`: the topic is compacted, so a second copy does no harm."""
        return False

    async def assigned(self, partitions: Collection[Partition]) -> None:
        """As `Stage.assigned`."""
        self._known.forget(partitions)

    async def revoked(self, partitions: Collection[Partition]) -> None:
        """As `Stage.revoked`."""
        self._known.forget(partitions)

    async def _vector(self, record: Received, embedding: Embedding, written: Written | None) -> Vector:
        if written and written.chunk_offset < record.offset and written.content_hash == embedding.content_hash:
            vector = await self._known.vector(written, record)
            if vector is not None:
                self._skipped("same-text")
                return vector
        with step("embed"):
            return await self._batcher.embed(embedding.text)

    def _record(self, origin: Received, type_: str, body: bytes | None) -> Record:
        draft = Draft(
            topic=EMBEDDINGS,
            type=type_,
            id=origin_id(origin),
            body=body,
            content_type=CONTENT_TYPE,
            partition_key=doc_id_of(origin.key or b""),
        )
        return self._scribe.record(origin, draft)

    def _skipped(self, reason: str) -> None:
        self._metrics.skipped.labels(self.name, reason).inc()


def _chunk(record: Received) -> Chunk:
    try:
        return decode_chunk(record)
    except Malformed as error:
        raise Poison("malformed", str(error)) from error
