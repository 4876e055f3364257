"""A record as the page shows it: everything but what is too long to be looked at."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
from google.protobuf.message import DecodeError

from bus.records import Received
from proto.generated.embedding_pb2 import Embedding

TEXT, ITEMS, DEPTH = 1200, 24, 8
"""How much of a text, of a list or an object, and of what lies in one another is shown."""

VALUE = 24 * 1024
"""Bytes of JSON beyond which a value is not shown at all, whatever was cut from it."""

COMPONENTS = 8
"""How many numbers of a vector are shown."""

BY_QUERY = frozenset({"rag.queries", "rag.contexts", "rag.results", "rag.answers", "rag.cancels"})
"""Topics whose key is that of a query."""


def shown(record: Received) -> Mapping[str, Any]:
    """The record as the page's JSON."""
    headers = {name: value.decode("utf-8", "replace") for name, value in record.headers}
    key = record.key.decode("utf-8", "replace") if record.key is not None else None
    value, truncated = _value(record, headers.get("content-type", ""))
    origin = headers.get("dlq-origin-topic", record.topic)
    return {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "key": key,
        "type": headers.get("ce_type"),
        "time": _iso(record.timestamp),
        "timestamp": record.timestamp,
        "headers": headers,
        "value": value,
        "bytes": len(record.value or b""),
        "truncated": truncated,
        "trace_id": _trace(headers.get("traceparent", "")),
        "query_key": key if origin in BY_QUERY else None,
    }


def _iso(timestamp: int) -> str:
    return datetime.fromtimestamp(timestamp / 1000, tz=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _trace(parent: str) -> str | None:
    parts = parent.split("-")
    return parts[1] if len(parts) == 4 else None


def _value(record: Received, media: str) -> tuple[Any, bool]:
    if record.value is None:
        return None, False
    whole = _vector(record.value) if media == "application/protobuf" else _json(record.value)
    short, cut = _shortened(whole, DEPTH)
    if len(orjson.dumps(short)) > VALUE:
        return None, True
    return short, cut


def _json(value: bytes) -> Any:
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return None


def _vector(value: bytes) -> Any:
    """An embedding without most of its numbers."""
    try:
        embedding = Embedding.FromString(value)
    except DecodeError:
        return None
    return {
        "doc_id": embedding.doc_id,
        "chunk_index": embedding.chunk_index,
        "visibility": embedding.visibility,
        "text": embedding.text,
        "model": embedding.model,
        "dimensions": embedding.dimensions,
        "vector": [*(round(number, 4) for number in embedding.vector[:COMPONENTS]), "…"],
    }


def _shortened(value: Any, depth: int) -> tuple[Any, bool]:
    """The value with what is too long cut off, and whether anything was."""
    if isinstance(value, str):
        return (value, False) if len(value) <= TEXT else (value[:TEXT] + "…", True)
    if isinstance(value, list | dict) and depth == 0:
        return "…", True
    if isinstance(value, list):
        items = [_shortened(item, depth - 1) for item in value[:ITEMS]]
        return [item for item, _ in items], len(value) > ITEMS or any(cut for _, cut in items)
    if isinstance(value, dict):
        members = {str(name)[:TEXT]: _shortened(member, depth - 1) for name, member in list(value.items())[:ITEMS]}
        cut = len(value) > ITEMS or any(cut for _, cut in members.values())
        return {name: member for name, (member, _) in members.items()}, cut
    return value, False
