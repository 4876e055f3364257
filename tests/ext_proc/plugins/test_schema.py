"""Nothing but a document of the declared shape gets past the edge."""

import pytest

from tests.fixtures.processor import JSON, Processor

CHUNK = {"doc_id": "d", "chunk_index": 0, "text": "t", "visibility": "public"}


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        (b"{", ["#"]),
        (b"\xff", ["#"]),
        (b"[]", ["#"]),
        (b"   ", ["#"]),
        ({"question": 5}, ["#/question"]),
        ({}, ["#/question"]),
        ({"question": "a", "top_k": 0, "query_id": "no spaces"}, ["#/query_id", "#/top_k"]),
    ],
)
async def test_every_violation_is_listed(processor: Processor, body: object, pointers: list[str]) -> None:
    """400 names each violation by its pointer, and nothing is written."""
    answer = await processor.ask("POST", "/queries", body)
    assert answer.status == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert sorted(error["pointer"] for error in answer.document["errors"]) == pointers
    assert await processor.records("rag.queries") == []


async def test_an_empty_body_is_400(processor: Processor) -> None:
    """Envoy sends no body message for a request without a body; it is refused all the same."""
    answer = await processor.ask("POST", "/queries", None)
    assert answer.status == 400


async def test_an_empty_body_without_a_type_is_400(processor: Processor) -> None:
    """There is nothing whose type could be wrong."""
    answer = await processor.ask("POST", "/queries", None, headers={"content-length": "0"})
    assert answer.status == 400


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/plain"},
        {"content-type": "application/jsonp"},
        {"content-type": "application/json, text/plain"},
        {**JSON, "content-encoding": "gzip"},
    ],
)
async def test_only_json_is_looked_at(processor: Processor, headers: dict[str, str]) -> None:
    """Another media type, or a content coding, is 415 and never passes unvalidated."""
    answer = await processor.ask("POST", "/queries", {"question": "Why?"}, headers=headers)
    assert answer.status == 415
    assert await processor.records("rag.queries") == []


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "Application/JSON", "application/json;x=y"])
async def test_parameters_of_the_type_do_not_matter(processor: Processor, media_type: str) -> None:
    """Any parameters and any case are JSON."""
    answer = await processor.ask("POST", "/queries", {"question": "Why?"}, headers={"content-type": media_type})
    assert answer.status == 202


async def test_identity_in_the_body_is_dropped(processor: Processor) -> None:
    """A `user_tier` that a client writes reaches no record."""
    body = {"question": "Why?", "user_id": "bob", "user_tier": "enterprise"}
    await processor.ask("POST", "/queries", body)
    (record,) = await processor.records("rag.queries")
    assert b"bob" not in (record.value or b"")
    assert b"enterprise" not in (record.value or b"")
    assert record.header("user-tier") == "free"


async def test_an_unchanged_document_goes_byte_for_byte(processor: Processor) -> None:
    """What needs no stamp is written as it was sent, spaces and order included."""
    body = b'{ "visibility" : "public", "text":"t", "chunk_index": 0, "doc_id":"d" }'
    answer = await processor.ask("POST", "/chunks", body)
    assert answer.status == 202
    (record,) = await processor.records("rag.chunks")
    assert record.value == body


@pytest.mark.parametrize("first", ['"visibility"', '"\\u0076isibility"'])
async def test_a_member_that_is_there_twice_is_400(processor: Processor, first: str) -> None:
    """A reader of the topic who takes the first of two labels would see another one than was judged here."""
    body = f'{{"doc_id":"d","chunk_index":0,"text":"t",{first}:"confidential","visibility":"public"}}'.encode()
    answer = await processor.ask("POST", "/chunks", body)
    assert answer.status == 400
    assert answer.document["errors"] == [{"pointer": "#", "detail": "a member is there twice"}]
    assert await processor.records("rag.chunks") == []


@pytest.mark.parametrize("label", ["", '"visibility":"public",'])
async def test_what_is_nested_too_deeply_is_400(processor: Processor, label: str) -> None:
    """What readers of the topic could not follow is the client's mistake, whether or not a label is stamped on it."""
    deep = '{"a":' * 300 + "1" + "}" * 300
    body = f'{{"doc_id":"d","chunk_index":0,"text":"t",{label}"metadata":{deep}}}'.encode()
    answer = await processor.ask("POST", "/chunks", body)
    assert answer.status == 400
    assert answer.document["errors"] == [{"pointer": "#", "detail": "nested deeper than 64 levels"}]
    assert await processor.records("rag.chunks") == []
