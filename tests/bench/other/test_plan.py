"""Which gateway is measured is in the environment, as make puts it there."""

from pathlib import Path

import pytest

from bench.other.plan import Plan


def test_told(tmp_path: Path) -> None:
    """Processes are separated by commas, and what is posted is a file's content."""
    body = tmp_path / "body.json"
    body.write_bytes(b'{"a":1}')
    environ = {"POST": "http://here/x", "PID": "1, 2", "TOKEN": "secret", "BODY": str(body), "BENCH_SECONDS": "2"}
    plan = Plan.told([], environ=environ)
    assert ("http://here/x", (1, 2), b'{"a":1}', 2.0) == (plan.post, plan.pids, plan.body, plan.measures.seconds)
    assert "secret" not in repr(plan)


@pytest.mark.parametrize(
    "environ",
    [{}, {"POST": "http://here"}, {"PID": "1"}, {"POST": "x", "PID": "me"}, {"POST": "x", "PID": "1", "BODY": "/none"}],
)
def test_what_is_missing(environ: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing can be measured of a gateway that is not named."""
    with pytest.raises(SystemExit, match="2"):
        Plan.told([], environ=environ)
    assert "PID" in capsys.readouterr().err
