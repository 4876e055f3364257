"""Records as the page shows them."""

from typing import Any

import orjson
import pytest

from bus.records import Received
from demo.page.shown import COMPONENTS, ITEMS, TEXT, shown
from proto.generated.embedding_pb2 import Embedding


def record(value: bytes | None, *, topic: str = "rag.queries", **headers: str) -> Received:
    named = {name.replace("_", "-") if name != "ce_type" else name: text.encode() for name, text in headers.items()}
    return Received(
        topic=topic,
        partition=3,
        offset=7,
        timestamp=1_795_552_803_216,
        key=b"k",
        value=value,
        headers=tuple(named.items()),
    )


def test_everything_that_a_record_has_is_shown() -> None:
    """Where it lies, its key, when it was written, its headers and its value."""
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    found = shown(record(b'{"question":"?"}', ce_type="rag.query.submitted.v1", traceparent=parent, user_id="alice"))

    assert found == {
        "topic": "rag.queries",
        "partition": 3,
        "offset": 7,
        "key": "k",
        "type": "rag.query.submitted.v1",
        "time": "2026-11-24T20:40:03.216Z",
        "timestamp": 1_795_552_803_216,
        "headers": {"ce_type": "rag.query.submitted.v1", "traceparent": parent, "user-id": "alice"},
        "value": {"question": "?"},
        "bytes": 16,
        "truncated": False,
        "trace_id": "0af7651916cd43dd8448eb211c80319c",
        "query_key": "k",
    }


def test_a_vector_is_shown_by_its_first_numbers() -> None:
    """Nobody reads 384 of them."""
    embedding = Embedding(doc_id="d", chunk_index=1, text="t", visibility="public", dimensions=384, vector=[0.5] * 384)
    found = shown(record(embedding.SerializeToString(), topic="rag.embeddings", content_type="application/protobuf"))

    assert (found["value"]["dimensions"], found["query_key"]) == (384, None)
    assert found["value"]["vector"] == [*[0.5] * COMPONENTS, "…"]


def deep(levels: int) -> Any:
    return {"a": deep(levels - 1)} if levels else 1


@pytest.mark.parametrize(
    "value",
    [
        {"text": "x" * (TEXT + 1)},
        {"list": list(range(ITEMS + 1))},
        {str(n): n for n in range(ITEMS + 1)},
        deep(50),
        {str(n): {str(m): "x" * TEXT for m in range(ITEMS)} for n in range(ITEMS)},
    ],
    ids=["text", "list", "object", "depth", "all"],
)
def test_what_is_too_long_is_cut(value: Any) -> None:
    """No record makes a frame that a browser would choke on, and it says that something is missing."""
    found = shown(record(orjson.dumps(value)))

    assert found["truncated"] is True
    assert len(orjson.dumps(found)) < 32 * 1024


@pytest.mark.parametrize(
    ("value", "headers"),
    [(None, {}), (b"not json", {}), (b"\xff\xff", {"content_type": "application/protobuf"}), (b"", {})],
)
def test_what_cannot_be_read_is_no_value(value: bytes | None, headers: dict[str, str]) -> None:
    """Whatever lies on a topic, the log goes on."""
    found = shown(record(value, **headers))

    assert (found["value"], found["bytes"]) == (None, len(value or b""))


def test_a_dead_letter_belongs_to_its_query() -> None:
    """It has come from a topic of queries, and keeps the key."""
    found = shown(record(b"{}", topic="rag.dead-letters", dlq_origin_topic="rag.contexts"))
    other = shown(record(b"{}", topic="rag.dead-letters", dlq_origin_topic="rag.chunks"))

    assert (found["query_key"], other["query_key"]) == ("k", None)
