"""The events of an answer."""

from dataclasses import fields
from typing import get_args

import orjson
import pytest

from schemas import events
from schemas.events import (
    Cancelled,
    Cited,
    CitedText,
    Delta,
    Done,
    Event,
    Failed,
    Reset,
    Retrieved,
    Source,
    TokenUsage,
    Used,
    decode,
    encode,
    event_name,
    event_type,
)
from schemas.validator import FOLDER, SchemaValidators

SOURCE = Source(doc_id="locks/chamber", chunk_index=0, source_url=None, score=0.5)
QUOTED = CitedText(doc_id="locks/chamber", chunk_index=0, source_url="https://docs.sluice.example/", cited_text="gates")
ONE_OF_EACH: list[Event] = [
    Retrieved(sources=(SOURCE,)),
    Delta(text="A pound lock"),
    Cited(doc_id="locks/chamber", chunk_index=0, source_url=None, cited_text="gates"),
    Used(model="claude-haiku-4-5", prompt_tokens=1, completion_tokens=2, total_tokens=3, cost_usd=0.1),
    Reset(attempt=2, reason="worker-restarted"),
    Done(
        query_id="q1",
        answer="A pound lock",
        sources=(SOURCE,),
        citations=(QUOTED,),
        model=None,
        latency_ms=1,
        user_id="alice",
        user_tier="free",
        token_usage=TokenUsage(prompt_tokens=1, completion_tokens=2, total_tokens=3),
    ),
    Failed(type="about:blank", title="Bad Gateway", status=502, detail="Ask again.", query_id="q1"),
    Cancelled(query_id="q1", model="claude-haiku-4-5", estimated=True),
]
VALIDATORS = SchemaValidators.load()


@pytest.mark.parametrize("event", ONE_OF_EACH, ids=lambda event: event.name)
def test_an_encoded_event_follows_its_schema(event: Event) -> None:
    """What is written is what the schema of that name promises to readers."""
    assert tuple(VALIDATORS.get(event.name).violations(decode(encode(event)))) == ()


@pytest.mark.parametrize("event", ONE_OF_EACH, ids=lambda event: event.name)
def test_the_schema_knows_every_field(event: Event) -> None:
    """A field that is added to a type must be added to its schema."""
    schema = orjson.loads((FOLDER / f"{event.name}.schema.json").read_bytes())
    common = orjson.loads((FOLDER / "common.schema.json").read_bytes())["$defs"]
    known = set(schema.get("properties", {}))
    if "$ref" in schema:
        known |= set(common[schema["$ref"].rsplit("/", 1)[1]]["properties"])

    assert {field.name for field in fields(event)} == known


def test_there_is_one_of_each_event() -> None:
    """The tests above leave no type out."""
    assert set(get_args(Event)) == {type(event) for event in ONE_OF_EACH}


def test_an_event_is_one_line() -> None:
    """A line break in the text never breaks an SSE line."""
    assert encode(Delta(text="a\nb")) == b'{"text":"a\\nb"}'


@pytest.mark.parametrize("event", ONE_OF_EACH, ids=lambda event: event.name)
def test_a_type_gives_its_name_back(event: Event) -> None:
    """`ce_type` and the event's name are two spellings of one thing."""
    assert event.name == event_name(event_type(event.name))


@pytest.mark.parametrize(
    ("ce_type", "expected"),
    [("delta", "delta"), ("rag.query.submitted", "submitted"), ("rag.answer.v2.v1", "v2"), ("a.vx", "vx"), ("", "")],
)
def test_the_name_of_a_foreign_type_is_its_last_word(ce_type: str, expected: str) -> None:
    """Types without a version still have a name."""
    assert expected == event_name(ce_type)


def test_terminal_events_end_a_stream() -> None:
    """`done`, `error` and `cancelled` are terminal, and nothing else that we write."""
    assert {"done", "error", "cancelled"} == {event.name for event in ONE_OF_EACH} & events.TERMINAL


@pytest.mark.parametrize("body", [b"[]", b"1", b'"text"', b"null"])
def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    """Valid JSON is not enough."""
    with pytest.raises(TypeError, match="not a JSON object"):
        decode(body)
