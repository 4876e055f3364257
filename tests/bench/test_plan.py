"""How long is measured is told by the command line or by the environment."""

from pathlib import Path

import pytest

from bench.gateways import Variant
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


@pytest.mark.parametrize(
    "given",
    [
        ["--seconds", "0"],
        ["--rounds", "-1"],
        ["--streams", "0"],
        ["--quiet", "0"],
        ["--only", "tea"],
        ["--rounds", "x"],
    ],
)
def test_nothing_is_refused(given: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing can be measured in no time."""
    with pytest.raises(SystemExit, match="2"):
        Plan.told(given, environ={})
    assert "error:" in capsys.readouterr().err


def test_a_part() -> None:
    """Whoever measures a part gets figures on the terminal and leaves the report alone, unless it is named."""
    part = Plan.told(["--only", "streams"], environ={})
    assert (("streams",), None) == (part.only, part.document)
    assert Path("x.md") == Plan.told(["--only", "streams", "--document", "x.md"], environ={}).document


def test_streams() -> None:
    """Bursts go to as many streams as are usual, or as there are."""
    assert (5000, 1000, 2) == (Plan().most_streams, Plan().burst_streams, Plan().turns)
    few = Plan.told(["--streams", "20", "30", "--quiet", "40", "--rounds", "1"], environ={})
    assert (40, 30, 1) == (few.most_streams, few.burst_streams, few.turns)
    assert 2000 == Plan(streams=(2000,)).burst_streams


def test_variants() -> None:
    """Gateways are named by what they carry requests by; none may be asked for beside the system's own."""
    assert ("native, librdkafka", "native, kafka-python", "grpcio, kafka-python") == tuple(map(str, Plan().variants))
    assert (Variant("grpcio", "librdkafka"),) == Plan.told(["--variants", "grpcio+librdkafka"], environ={}).variants
    assert () == Plan.told(["--variants"], environ={}).variants
