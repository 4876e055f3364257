"""Envoy's own errors are problems, and say nothing that they should not."""

import asyncio
import re

import pytest

from tests.fixtures.envoy import CAP, Edge

pytestmark = pytest.mark.envoy
TRACE = "ab" * 16


async def test_a_problem_has_its_members(edge: Edge) -> None:
    """Type, title, status, detail, instance without the query, and a trace id made of the request id."""
    answer = await edge.client.get("/nope?access_token=secret")
    problem = answer.json()
    assert problem["type"] == "https://sluice.example/problems/not-found"
    assert (problem["title"], problem["status"]) == ("Not Found", 404)
    assert (problem["detail"], problem["instance"]) == ("There is no such resource.", "/nope")
    assert problem["trace_id"] == answer.headers["x-request-id"].replace("-", "")
    assert re.fullmatch("[0-9a-f]{32}", problem["trace_id"])


@pytest.mark.parametrize(
    ("parent", "named"),
    [
        (f"00-{TRACE}-{'12' * 8}-01", True),
        (f"00-{'0' * 32}-{'12' * 8}-01", False),
        (f"00-{TRACE.upper()}-{'12' * 8}-01", False),
        (f"01-{TRACE}-{'12' * 8}-01", False),
        (f"00-{TRACE}-{'12' * 8}-01-", False),
        ("nonsense", False),
    ],
)
async def test_a_clients_trace_is_kept(edge: Edge, parent: str, named: bool) -> None:  # noqa: FBT001 - a table's column
    """A valid traceparent names the trace, as it does for the processor's own problems; another is passed over."""
    answer = await edge.client.get("/nope", headers={"traceparent": parent})
    own = answer.headers["x-request-id"].replace("-", "")
    assert answer.json()["trace_id"] == (TRACE if named else own)


async def test_headers_over_the_limit_are_431(edge: Edge) -> None:
    """Too many bytes of headers are refused by name."""
    answer = await edge.client.get("/chunks", headers={"x-long": "y" * 40_000})
    assert answer.status_code == 431
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"].endswith("/headers-too-large")


@pytest.mark.parametrize("sent", [b"GARBAGE\r\n\r\n", b"POST /chunks HTTP/1.1\r\nhost: a\r\ncontent-length: x\r\n\r\n"])
async def test_what_is_not_http_is_400(edge: Edge, sent: bytes) -> None:
    """Even a request that cannot be parsed is answered with a problem."""
    reader, writer = await asyncio.open_connection(*edge.envoy.address)
    writer.write(sent)
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"content-type: application/problem+json" in answer
    assert b"/problems/bad-request" in answer


@pytest.mark.parametrize(
    ("method", "headers", "body", "status", "named"),
    [
        ("POST", {"authorization": ""}, b"{}", 401, {"www-authenticate": 'Bearer realm="test"'}),
        ("POST", {"authorization": "Bearer a.b.c"}, b"{}", 401, {}),
        ("POST", {}, b"x" * (CAP + 1), 413, {}),
        ("POST", {"x-script": "fail"}, b"{}", 503, {"retry-after": "1"}),
        ("POST", {"x-script": "end"}, b"{}", 503, {"retry-after": "1"}),
        ("PUT", {}, b"{}", 405, {"allow": "POST, OPTIONS"}),
    ],
)
async def test_a_bare_route_has_no_bodies(
    edge: Edge, method: str, headers: dict[str, str], body: bytes, status: int, named: dict[str, str]
) -> None:
    """Status and headers are those of the problem; there is no body, and no type of one."""
    answer, _ = await edge.ask("/bare", method=method, headers=headers, content=body)
    assert (answer.status_code, answer.content) == (status, b"")
    assert "content-type" not in answer.headers
    assert named.items() <= dict(answer.headers).items()
