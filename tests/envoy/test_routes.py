"""Which route a request takes, and what the others are answered."""

import asyncio
import uuid

import pytest

from tests.fixtures.envoy import Edge
from tests.fixtures.stub_results import EVENT, FIRST

pytestmark = pytest.mark.envoy


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/chunks", "POST, OPTIONS"),
        ("PUT", "/results/abc", "DELETE, GET, OPTIONS"),
        ("HEAD", "/results/abc", "DELETE, GET, OPTIONS"),
        ("PUT", "/results/latest", "DELETE, GET, POST, OPTIONS"),
        ("POST", "/results/abc/status", "GET, OPTIONS"),
    ],
)
async def test_another_method_is_405(edge: Edge, method: str, path: str, allowed: str) -> None:
    """A known path says which methods it has, and asks for no token to do so."""
    answer = await edge.client.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_options_says_what_there_is(edge: Edge) -> None:
    """OPTIONS that is no preflight is answered with the methods."""
    answer = await edge.client.options("/results/abc")
    assert (answer.status_code, answer.headers["allow"], answer.content) == (204, "DELETE, GET, OPTIONS", b"")


@pytest.mark.parametrize("path", ["/", "/nope", "/chunks/", "/results/", "/results/a/b", "/chunks;a=1", "/chunks%3Fa"])
async def test_an_unknown_path_is_404(edge: Edge, path: str) -> None:
    """What nobody declared is 404, with or without a token, and no processor is asked."""
    answer, seen = await edge.ask(path, json={})
    assert (answer.status_code, seen) == (404, None)
    assert (answer.json()["type"].rpartition("/")[2], answer.json()["instance"]) == ("not-found", path)


@pytest.mark.parametrize(
    ("sent", "seen_as"), [("/results/../chunks", "/chunks"), ("/x/%2e%2e/chunks", "/chunks"), ("/./chunks", "/chunks")]
)
async def test_paths_are_normalised_for_all_alike(edge: Edge, sent: str, seen_as: str) -> None:
    """Envoy routes by, and the processor sees, one and the same path."""
    answer, seen = await edge.ask(sent, json={})
    assert answer.status_code == 202
    assert seen is not None
    assert seen.head.headers[":path"] == seen_as


@pytest.mark.parametrize("path", ["/results/a%2Fb", "/results/a%5Cb"])
async def test_an_escaped_slash_is_refused(edge: Edge, path: str) -> None:
    """It would be one segment to some and two to others."""
    answer, seen = await edge.ask(path, method="GET")
    assert (answer.status_code, seen) == (400, None)


async def test_a_result_streams_from_the_results_server(edge: Edge) -> None:
    """The first bytes arrive while the stream is open; the upstream gets the processor's headers and no credentials."""
    mark = uuid.uuid4().hex
    edge.processor.upstream[:] = [("x-gateway-key", "k")]
    edge.results.more.clear()
    headers = {**edge.bearer(), "x-script": "pass", "x-test": mark, "x-gateway-key": "forged", "cookie": "a=b"}
    try:
        async with (
            asyncio.timeout(5),
            edge.client.stream("GET", "/results/abc?access_token=t", headers=headers) as answer,
        ):
            assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
            chunks = answer.aiter_raw()
            assert await anext(chunks) == FIRST
            edge.results.more.set()
            assert await anext(chunks) == EVENT
    finally:
        edge.processor.upstream.clear()
        edge.results.more.set()
    seen = {name.lower(): value for name, value in edge.results.seen[mark].items()}
    assert (seen["x-gateway-key"], seen["x-gateway-verified"]) == ("k", "1")
    assert not {"accept-encoding", "authorization", "cookie"} & set(seen)
