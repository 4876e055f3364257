"""Whom Envoy asks for a stream, when a results server cannot give one."""

import time

import pytest

from ext_proc.results.problems import ELSEWHERE
from tests.fixtures.envoy import Edge

pytestmark = pytest.mark.envoy


@pytest.mark.parametrize("trouble", [{"busy": 3}, {"dying": 3}, {"busy": 2, "dying": 2}], ids=str)
async def test_another_server_is_asked(edge: Edge, trouble: dict[str, int]) -> None:
    """While servers start, stop or die before they answer, the reader waits, and sees nothing of it."""
    for name, count in trouble.items():
        setattr(edge.results, name, count)
    headers = {**edge.bearer(), "x-script": "pass"}
    async with edge.client.stream("GET", "/results/abc", headers=headers) as answer:
        assert answer.status_code == 200
    assert (edge.results.busy, edge.results.dying) == (0, 0)


async def test_in_the_end_it_is_503(edge: Edge) -> None:
    """Where nobody can for seconds, the refusal goes to the reader, without what was for Envoy alone."""
    edge.results.busy = 1000
    started = time.monotonic()
    try:
        answer, _ = await edge.ask("/results/abc", method="GET", headers={"x-script": "pass"})
    finally:
        edge.results.busy = 0
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert ELSEWHERE not in answer.headers
    assert 0.5 < time.monotonic() - started < 8
