"""The file of variables that containers are started with."""

import stat
from pathlib import Path

import pytest

from local.dotenv import made, main, write
from tests.fixtures.settings import ROOT


def test_names_below_the_mark_get_secrets() -> None:
    """Each has one of its own, long enough for gateway.yaml; what stands above, and what has a value, stays."""
    lines = made("A=\nB=1\n# -- made up\nC=\nD=\nE=2\n").splitlines()

    assert lines[:3] == ["A=", "B=1", "# -- made up"]
    assert lines[5] == "E=2"
    assert [line[:2] for line in lines[3:5]] == ["C=", "D="]
    assert len({line[2:] for line in lines[3:5]}) == 2
    assert min(map(len, lines[3:5])) > 32


def test_what_is_there_stays(tmp_path: Path) -> None:
    """The file is its owner's alone, and a second call changes nothing: secrets that changed would void what is kept."""
    file = tmp_path / ".env"
    assert write(ROOT / ".env.example", file)
    first = file.read_text(encoding="utf-8")

    assert not write(ROOT / ".env.example", file)
    assert file.read_text(encoding="utf-8") == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_it_says_what_it_cannot_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that is not there is one line and status 1."""
    assert main([str(ROOT / ".env.example"), str(tmp_path / "no" / ".env")]) == 1
    assert "cannot be made" in capsys.readouterr().err
