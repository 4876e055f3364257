"""The parts of a POST that are measured by themselves."""

import pytest

from bench import inside
from bench.messages import asking
from ext_proc import wire


def test_a_request_is_envoys_two_messages() -> None:
    """Headers with a token, and the whole body; the token is the same in whatever order."""
    (first, second), (again, _) = (asking("bench-1", tier="enterprise", number=3) for _ in range(2))
    headers, body, same = wire.parse(first), wire.parse(second), wire.parse(again)
    assert isinstance(headers, wire.RequestHeaders)
    assert isinstance(same, wire.RequestHeaders)
    assert isinstance(body, wire.RequestBody)
    assert headers.claims["sub"] == "bench-1"
    assert headers.token == same.token
    assert (int(headers.headers["content-length"]), body.end_of_stream) == (len(body.body), True)


async def test_posts_are_accepted_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """Through the whole chain of the repository's own route, with a record for each."""
    accepting = inside.Accepting()
    await inside.posts(accepting, count=2)
    assert "a POST in the processor's own code" in capsys.readouterr().out
    assert accepting.last is not None
    assert accepting.last.topic == "rag.chunks"
