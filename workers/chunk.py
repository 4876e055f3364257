"""What is read from `rag.chunks`, and what becomes of it on `rag.embeddings`."""

import hashlib
from dataclasses import dataclass
from typing import Any

import orjson
from google.protobuf.message import DecodeError

from bus.records import Received
from proto.generated.embedding_pb2 import Embedding
from schemas.errors import Malformed
from workers.ports import Entry, Passage

TYPE = "rag.chunk.embedded.v1"
DELETED = "rag.chunk.deleted.v1"
CONTENT_TYPE = "application/protobuf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A chunk as the gateway took it in; its visibility was stamped there."""

    doc_id: str
    chunk_index: int
    text: str
    visibility: str
    source_url: str
    metadata: dict[str, Any] | None


def decode_chunk(record: Received) -> Chunk:
    """The chunk in a record's body.

    Raises:
        Malformed: The body is not one, or not the one that the key names.
    """
    try:
        document = orjson.loads(record.value or b"")
        chunk = Chunk(
            doc_id=document["doc_id"],
            chunk_index=document["chunk_index"],
            text=document["text"],
            visibility=document["visibility"],
            source_url=document.get("source_url") or "",
            metadata=document.get("metadata"),
        )
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise Malformed(what="chunk", reason="it is not JSON of the declared form") from error
    if f"{chunk.doc_id}#{chunk.chunk_index}".encode() != record.key:
        raise Malformed(what="chunk", reason="it is not the one that its key names")
    return chunk


def doc_id_of(key: bytes) -> bytes:
    """By which a chunk and its embedding choose their partition. A document's id has no `#`."""
    return key.rpartition(b"#")[0]


def content_hash(text: str, *, model: str, dimensions: int) -> str:
    """Equal where the same text meets the same model: then the vector is the same."""
    parts = f"{model}\0{dimensions}\0{text}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(parts, digest_size=16).hexdigest()


def embedding_of(chunk: Chunk, *, model: str, dimensions: int) -> Embedding:
    """Everything but the vector."""
    return Embedding(
        doc_id=chunk.doc_id,
        chunk_index=chunk.chunk_index,
        text=chunk.text,
        visibility=chunk.visibility,
        source_url=chunk.source_url,
        metadata_json=orjson.dumps(chunk.metadata).decode() if chunk.metadata is not None else "",
        model=model,
        dimensions=dimensions,
        content_hash=content_hash(chunk.text, model=model, dimensions=dimensions),
    )


def decode_embedding(body: bytes) -> Embedding:
    """The embedding in a record's body.

    Raises:
        Malformed: It is none.
    """
    try:
        return Embedding.FromString(body)
    except DecodeError as error:
        raise Malformed(what="embedding", reason="it is not of the declared form") from error


def entry_of(embedding: Embedding) -> Entry:
    """The embedding as an index keeps it."""
    passage = Passage(
        doc_id=embedding.doc_id,
        chunk_index=embedding.chunk_index,
        text=embedding.text,
        visibility=embedding.visibility,
        source_url=embedding.source_url or None,
        metadata=orjson.loads(embedding.metadata_json) if embedding.metadata_json else None,
    )
    return Entry(passage=passage, vector=list(embedding.vector), content_hash=embedding.content_hash)
