"""How long is measured is told by the command line or by the environment."""

import pytest

from bench.plan import Plan


def test_whole() -> None:
    """Told nothing, everything is measured in full."""
    assert Plan() == Plan.told([], environ={})


def test_environment() -> None:
    """The environment shortens; the command line has the last word."""
    environ = {"BENCH_SECONDS": "2", "BENCH_ROUNDS": "3"}
    assert (2.0, 3) == (Plan.told([], environ=environ).seconds, Plan.told([], environ=environ).rounds)
    assert 4.0 == Plan.told(["--seconds", "4"], environ=environ).seconds
    assert (20, 40) == Plan.told(["--streams", "20", "40"], environ={}).streams


@pytest.mark.parametrize("given", [["--seconds", "0"], ["--rounds", "-1"], ["--streams", "0"], ["--rounds", "x"]])
def test_nothing_is_refused(given: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing can be measured in no time."""
    with pytest.raises(SystemExit, match="2"):
        Plan.told(given, environ={})
    assert "error:" in capsys.readouterr().err
