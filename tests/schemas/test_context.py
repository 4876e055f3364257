"""What the retriever hands to the generator."""

from dataclasses import replace

import orjson
import pytest

from schemas.context import Context, ContextPassage, decode, encode
from schemas.errors import Malformed
from schemas.events import Failed
from schemas.validator import SchemaValidators

CONTEXT = Context(
    query_id="q1",
    question="How does a pound lock work?",
    top_k=5,
    passages=(
        ContextPassage(
            doc_id="locks/chamber", chunk_index=0, text="Two gates.", visibility="public", source_url=None, score=1.5
        ),
    ),
    asked_at=1767225600000,
    retrieved_ms=12,
)


def test_a_context_comes_back_as_it_was_written() -> None:
    """Nothing is lost between retriever and generator."""
    assert decode(encode(CONTEXT)) == CONTEXT


def test_a_failure_travels_with_its_context() -> None:
    """The generator tells it to whoever asked."""
    failure = Failed(type="x:y", title="Bad Request", status=400, detail="Ask it again.", query_id="q1")
    assert decode(encode(replace(CONTEXT, failure=failure))).failure == failure


def test_a_context_without_a_failure_says_nothing_of_one() -> None:
    """Readers that know of none see what they always saw."""
    assert "failure" not in orjson.loads(encode(CONTEXT))


def test_an_encoded_context_follows_its_schema() -> None:
    """What is written is what `context.schema.json` promises to readers."""
    violations = SchemaValidators.load().get("context").violations(orjson.loads(encode(CONTEXT)))

    assert tuple(violations) == ()


def test_what_a_newer_writer_adds_is_ignored() -> None:
    """Old generators read what new retrievers write."""
    document = orjson.loads(encode(CONTEXT)) | {"language": "en"}

    assert decode(orjson.dumps(document)) == CONTEXT


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "not a context: it is not JSON"),
        (b"[]", "not a context: it is built otherwise"),
        (b"{}", "not a context: query_id is missing"),
        (orjson.dumps(orjson.loads(encode(CONTEXT)) | {"passages": [{}]}), "not a context: doc_id is missing"),
        (orjson.dumps(orjson.loads(encode(CONTEXT)) | {"passages": [1]}), "not a context: it is built otherwise"),
    ],
)
def test_another_body_is_refused(body: bytes, reason: str) -> None:
    """A worker learns why, in words that can go into a header."""
    with pytest.raises(Malformed) as caught:
        decode(body)

    assert reason == str(caught.value)
