"""What the processor is sent, and what it may do."""

import pytest

from tests.fixtures.envoy import Edge

pytestmark = pytest.mark.envoy


@pytest.mark.parametrize("script", ["answer", "early"])
async def test_a_body_phase_gets_headers_and_the_whole_body(edge: Edge, script: str) -> None:
    """The gathered body comes in one message, whether or not the processor answers the headers first."""
    answer, seen = await edge.ask("/chunks?a=1", json={"a": 1}, headers={"x-script": script})
    assert answer.status_code == 202
    assert seen is not None
    assert seen.body == b'{"a":1}'
    assert (seen.head.headers[":path"], seen.head.headers[":method"]) == ("/chunks?a=1", "POST")


async def test_without_a_body_phase_headers_are_enough(edge: Edge) -> None:
    """Other routes are answered on their headers."""
    answer, seen = await edge.ask("/results/abc", method="DELETE")
    assert answer.status_code == 202
    assert seen is not None
    assert seen.body is None


async def test_its_answer_arrives_as_it_is(edge: Edge) -> None:
    """Status, headers and body are the processor's, also where Envoy would have an error page of its own."""
    answer, _ = await edge.ask("/chunks", json={}, headers={"x-status": "404"})
    assert (answer.status_code, answer.content) == (404, b'{"ok":true}')
    assert answer.headers["content-type"] == "application/json"
    assert (answer.headers["location"], answer.headers["retry-after"]) == ("/results/1", "7")


@pytest.mark.parametrize("name", [":path", "host", "content-length", "x-forwarded-for", "cookie"])
async def test_it_cannot_reroute(edge: Edge, name: str) -> None:
    """What it sets of routing or framing is left out; the rest arrives."""
    edge.processor.upstream[:] = [(name, "999"), ("x-gateway-key", "k")]
    try:
        async with edge.client.stream(
            "GET", "/results/abc", headers={**edge.bearer(), "x-script": "pass", "x-test": f"set{name}"}
        ) as answer:
            assert answer.status_code == 200
    finally:
        edge.processor.upstream.clear()
    seen = {key.lower(): value for key, value in edge.results.seen[f"set{name}"].items()}
    assert seen["x-gateway-key"] == "k"
    assert seen.get(name) != "999"
