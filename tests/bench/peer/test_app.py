"""The peer refuses what Sluice refuses, or it would be compared for less work."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest

from bench.address import Address
from bench.body import posts
from bench.peer.app import Peer, build
from bench.peer.caller import Verifier
from bench.peer.log import Log
from local.tokens import Issuer, SigningKey
from schemas.validator import SchemaValidators

KEY = SigningKey.generate()
CHUNK = {"doc_id": "a", "chunk_index": 0, "text": "words"}


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """A client of the peer, whose log is closed: whatever got past the checks would fail there."""
    log = Log(bootstrap="127.0.0.1:1", topic="t")
    peer = Peer(verifier=Verifier(KEY.jwks()), validator=SchemaValidators.load().get("chunk"), log=log)
    transport = httpx.ASGITransport(app=build(peer, log=log))
    async with httpx.AsyncClient(transport=transport, base_url="http://peer") as client:
        yield client


async def post(client: httpx.AsyncClient, *, authorization: str, content: bytes, **headers: str) -> httpx.Response:
    """A POST of JSON, unless `headers` says otherwise."""
    sent = {"authorization": authorization, "content-type": "application/json", **headers}
    return await client.post("/chunks", content=content, headers=sent)


def bearer(**more: Any) -> str:
    """A token in a header."""
    return f"Bearer {KEY.mint(**more)}"


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Basic abc",
        "Bearer ",
        "Bearer a.b.c",
        bearer(ttl=-60),
        bearer(audience="https://other.example"),
        bearer(issuer="https://other.example"),
        bearer(extra={"sub": None}),
        bearer(extra={"exp": None}),
        f"Bearer {SigningKey.generate().mint()}",
        f"Bearer {SigningKey.generate(issuer=Issuer(key_id='other')).mint()}",
    ],
)
async def test_a_token_that_does_not_hold(client: httpx.AsyncClient, authorization: str) -> None:
    """Missing, malformed, expired, for others, by others or by nobody known: 401."""
    answer = await post(client, authorization=authorization, content=orjson.dumps(CHUNK))
    assert (401, "application/problem+json") == (answer.status_code, answer.headers["content-type"])


async def test_a_scope_that_is_missing(client: httpx.AsyncClient) -> None:
    """A token that may only read is 403."""
    answer = await post(client, authorization=bearer(scopes=["proxy:stream"]), content=orjson.dumps(CHUNK))
    assert 403 == answer.status_code


async def test_another_media_type(client: httpx.AsyncClient) -> None:
    """Only JSON is taken."""
    content = orjson.dumps(CHUNK)
    answer = await post(client, authorization=bearer(), content=content, **{"content-type": "text/plain"})
    assert 415 == answer.status_code


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"doc_id":"a"}', b'{"doc_id":1,"chunk_index":0,"text":"x"}'])
async def test_a_body_that_breaks_the_schema(client: httpx.AsyncClient, content: bytes) -> None:
    """No JSON, or JSON that is no chunk, is 400."""
    assert 400 == (await post(client, authorization=bearer(), content=content)).status_code


async def test_what_passes_reaches_the_log(client: httpx.AsyncClient) -> None:
    """The checks let a chunk pass; only the log, which is closed here, ends it."""
    with pytest.raises(RuntimeError, match="the log is not entered"):
        await post(client, authorization=bearer(), content=orjson.dumps(CHUNK))


def test_the_caller() -> None:
    """What the token says is what the record will."""
    caller = Verifier(KEY.jwks()).caller(bearer(sub="bob", tier="standard", scopes=["a", "b"]))
    assert caller
    assert ("bob", "standard", frozenset({"a", "b"})) == (caller.subject, caller.tier, caller.scopes)


def test_both_are_sent_the_same() -> None:
    """The load differs in the port alone, and many callers share it."""
    ours, theirs = posts(KEY, at=Address(port=1111)), posts(KEY, at=Address(port=2222))
    assert len(ours) == len(theirs) == 200
    assert 50 == len({text.partition("authorization: ")[2].partition("\r\n")[0] for text in ours})
    bodies = [[text.partition("\r\n\r\n")[2] for text in some] for some in (ours, theirs)]
    assert bodies[0] == bodies[1]
    validator = SchemaValidators.load().get("chunk")
    assert () == tuple(violation for body in bodies[0] for violation in validator.violations(orjson.loads(body)))
