"""Nothing passes unprocessed, however the processor fails."""

import uuid

import pytest

from tests.fixtures.envoy import Edge

pytestmark = pytest.mark.envoy


@pytest.mark.parametrize("script", ["end", "end-later", "fail", "hang"])
@pytest.mark.parametrize(("method", "path"), [("POST", "/chunks"), ("GET", "/results/abc")])
async def test_no_answer_is_no(edge: Edge, script: str, method: str, path: str) -> None:
    """A stream that ends without an answer, fails, or hangs is 503 with Retry-After; no upstream hears of it."""
    mark = uuid.uuid4().hex
    headers = {"x-script": script, "x-gateway-verified": "1", "x-test": mark}
    content = b"{}" if method == "POST" else None
    answer, _ = await edge.ask(path, method=method, content=content, headers=headers)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.headers["content-type"] == "application/problem+json"
    assert mark not in edge.results.seen


async def test_a_pass_without_an_upstream_goes_nowhere(edge: Edge) -> None:
    """On a route whose plugins always answer, a processor that lets a request pass makes a 503."""
    answer, _ = await edge.ask("/chunks", content=b"", headers={"x-script": "pass"})
    assert answer.status_code == 503
