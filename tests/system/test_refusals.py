"""What is refused gets the contract's status as a problem, and leaves no record in Kafka."""

from collections.abc import Mapping
from typing import Any

import orjson
import pytest

from demo.client import Answer, Client
from local.system import System
from local.tokens import SigningKey
from tests.fixtures.system import caller, ends

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

QUESTION = b'{"question": "What is a weir?"}'
JSON = {"content-type": "application/json"}


async def refused(
    system: System,
    path: str,
    body: bytes,
    *,
    headers: Mapping[str, str] = JSON,
    token: str | None = None,
    **claims: Any,
) -> Answer:
    """Posts, and proves that nothing was written."""
    before = await ends(system, "rag.chunks", "rag.queries")
    signed = system.keys.signing.mint(**claims) if token is None else token
    async with Client(system.public_url, token=signed) as client:
        answer = await client.request("POST", path, body=body, headers=headers)
    assert await ends(system, "rag.chunks", "rag.queries") == before
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "instance", "trace_id"} <= answer.document().keys()
    assert answer.document()["status"] == answer.status
    return answer


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/chunks", b'{"chunk_index": 0, "text": "t", "visibility": "public"}', "#/doc_id"),
        ("/chunks", b'{"doc_id": "d", "chunk_index": -1, "text": "t", "visibility": "public"}', "#/chunk_index"),
        ("/chunks", b'{"doc_id": "d", "chunk_index": 0, "text": "t", "visibility": "secret"}', "#/visibility"),
        ("/queries", b'{"question": 7}', "#/question"),
        ("/queries", b'{"question": "' + b"x" * 2049 + b'"}', "#/question"),
        ("/queries", b'{"question": ', "#"),
        ("/queries", b"", "#"),
    ],
)
async def test_a_bad_body_is_400(system: System, path: str, body: bytes, pointer: str) -> None:
    """Each violation is named by its pointer."""
    answer = await refused(system, path, body)
    assert answer.status == 400
    assert pointer in [error["pointer"] for error in answer.document()["errors"]]


async def test_a_large_body_is_413(system: System) -> None:
    """Eight megabytes are refused without being taken in."""
    answer = await refused(system, "/queries", orjson.dumps({"question": "x" * 8_000_000}))
    assert answer.status == 413


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded"])
async def test_another_media_type_is_415(system: System, media_type: str) -> None:
    """No content type lets a body pass unvalidated."""
    answer = await refused(system, "/queries", QUESTION, headers={"content-type": media_type})
    assert answer.status == 415


@pytest.mark.parametrize(
    "claims",
    [
        {"ttl": -60.0},
        {"audience": "https://elsewhere.example"},
        {"issuer": "https://elsewhere.example"},
        {"extra": {"exp": None}},
        {"extra": {"sub": None}},
    ],
    ids=["expired", "audience", "issuer", "no expiry", "no subject"],
)
async def test_a_token_that_does_not_hold_is_401(system: System, claims: dict[str, Any]) -> None:
    """The challenge says that the token is the reason."""
    answer = await refused(system, "/queries", QUESTION, **claims)
    assert answer.status == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize("kind", ["none", "garbage", "another key"])
async def test_a_token_that_is_none_is_401(system: System, kind: str) -> None:
    """Without a token the challenge names the realm alone (RFC 6750, 3.1)."""
    token = {"none": "", "garbage": "a.b.c", "another key": SigningKey.generate().mint()}[kind]
    answer = await refused(system, "/queries", QUESTION, token=token)
    assert answer.status == 401
    assert answer.headers["www-authenticate"].startswith('Bearer realm="sluice"')
    assert ("error=" in answer.headers["www-authenticate"]) == (kind != "none")


@pytest.mark.parametrize(("method", "path"), [("POST", "/queries"), ("POST", "/chunks"), ("GET", "/results/abc")])
async def test_a_token_without_the_scope_is_403(system: System, method: str, path: str) -> None:
    """The scope that is missing is named."""
    async with caller(system, scopes=("proxy:other",)) as client:
        answer = await client.request(method, path, body=QUESTION if method == "POST" else None, headers=JSON)
    assert answer.status == 403
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


async def test_an_unknown_path_is_404_and_another_method_405(system: System) -> None:
    """Both are problems, and 405 says what is allowed."""
    async with caller(system) as client:
        missing = await client.request("GET", "/nowhere")
        wrong = await client.request("PUT", "/queries")
    assert (missing.status, wrong.status) == (404, 405)
    assert "POST" in wrong.headers["allow"]
    assert missing.headers["content-type"] == wrong.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/metrics", "/healthz", "/readyz", "/stats", "/config_dump"])
async def test_nothing_of_the_inside_is_public(system: System, path: str) -> None:
    """Management and admin answer on their own ports only."""
    async with caller(system, tier="enterprise") as client:
        assert (await client.request("GET", path)).status == 404


async def test_a_malformed_last_event_id_is_400(system: System) -> None:
    """An id that no stream ever gave is refused, not guessed at."""
    async with caller(system) as client:
        query_id = await client.ask("What is a weir?")
        answer = await client.request("GET", f"/results/{query_id}", headers={"last-event-id": "nonsense"})
    assert answer.status == 400
