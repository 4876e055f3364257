"""The access log: what operators need, and no token."""

import asyncio
import json
import uuid

import pytest

from tests.fixtures.envoy import Edge

pytestmark = pytest.mark.envoy


async def _line(edge: Edge, agent: str) -> dict[str, object]:
    async with asyncio.timeout(10):
        while True:
            for line in edge.log.read_text().splitlines():
                if agent in line:
                    return dict(json.loads(line))
            await asyncio.sleep(0.05)  # Envoy writes its log in intervals, and tells nobody


async def test_a_request_is_one_line_of_json(edge: Edge) -> None:
    """Route, outcome, cost and id are there; the query string and the token are not."""
    agent = uuid.uuid4().hex
    answer, _ = await edge.ask("/chunks?access_token=secret", json={}, headers={"user-agent": agent})
    line = await _line(edge, agent)
    assert (line["route"], line["method"], line["path"], line["status"]) == ("chunks", "POST", "/chunks", 202)
    assert (line["details"], line["flags"], line["bytes_received"]) == ("gw_as_told", "-", 2)
    assert line["request_id"] == answer.headers["x-request-id"]
    assert isinstance(line["duration_ms"], int)
    assert "secret" not in str(line)


async def test_no_token_is_ever_logged(edge: Edge) -> None:
    """Neither good tokens nor refused ones leave a trace, wherever they stood."""
    agent, token = uuid.uuid4().hex, edge.keys["main"].token(exp=1)
    await edge.client.post(
        f"/chunks?access_token={token}", headers={"authorization": f"Bearer {token}", "user-agent": agent}
    )
    line = await _line(edge, agent)
    assert line["status"] == 401
    assert "eyJ" not in edge.log.read_text()
