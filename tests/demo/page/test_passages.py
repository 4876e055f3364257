"""Passages as the topic of chunks has them."""

import orjson
import pytest

from bus.records import Received
from demo.page.passages import Passage, Passages


def chunk(doc_id: str, text: str | None, index: int = 0) -> Received:
    value = {"doc_id": doc_id, "chunk_index": index, "text": text, "visibility": "public", "source_url": "u"}
    return raw(f"{doc_id}#{index}".encode(), orjson.dumps(value) if text is not None else None)


def raw(key: bytes | None, value: bytes | None) -> Received:
    return Received(topic="rag.chunks", partition=0, offset=0, timestamp=0, key=key, value=value)


def test_the_newest_of_a_passage_is_found() -> None:
    """As the topic's compaction keeps it."""
    passages = Passages()
    passages.take(chunk("a/b", "old"))
    passages.take(chunk("a/b", "new"))

    assert passages.find("a/b", 0) == Passage(
        doc_id="a/b", chunk_index=0, text="new", visibility="public", source_url="u"
    )
    assert passages.find("a/b", 1) is None


def test_a_passage_that_was_deleted_is_gone() -> None:
    """A record without a value deletes."""
    passages = Passages()
    passages.take(chunk("a", "text"))
    passages.take(chunk("a", None))

    assert passages.find("a", 0) is None


@pytest.mark.parametrize(("key", "value"), [(b"k", b"no json"), (b"k", b"[]"), (b"k", b"{}"), (None, b"{}")])
def test_what_is_no_chunk_changes_nothing(key: bytes | None, value: bytes) -> None:
    """Whatever somebody writes to the topic, the page goes on."""
    passages = Passages()
    passages.take(raw(key, value))

    assert len(passages) == 0


def test_what_was_written_longest_ago_is_forgotten() -> None:
    """The bound is on bytes; writing a passage again makes it young."""
    passages = Passages(size=2500)
    for name in ("a", "b", "a", "c"):
        passages.take(chunk(name, "x" * 500))

    assert [passages.find(name, 0) is not None for name in ("a", "b", "c")] == [True, False, True]
