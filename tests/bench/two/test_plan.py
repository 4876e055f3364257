"""How much two of everything are asked."""

import pytest

from bench.two.plan import Plan


def test_told() -> None:
    """Told nothing, the whole run; the command line changes it."""
    assert Plan() == Plan.told([])
    assert 2.0 == Plan.told(["--queries", "2"]).queries


def test_nothing_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is measured of nothing."""
    with pytest.raises(SystemExit, match="2"):
        Plan.told(["--chunks", "0"])
    assert "of nothing" in capsys.readouterr().err
