"""The demo's keys, for deployments whose parts share no data folder."""

import json
from pathlib import Path

import pytest

from demo.keys import main
from local.keys import Keys


@pytest.fixture(autouse=True)
def _signing_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLUICE_HOME", str(tmp_path / "signing"))


def test_the_public_half_is_all_that_a_gateway_gets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It lies where gateway.yaml looks for it, and is that of the key which mints; a second call changes neither."""
    main([str(tmp_path / "gateway")])
    first = (tmp_path / "gateway" / "keys" / "jwks.json").read_bytes()
    main([str(tmp_path / "gateway")])

    assert [file.name for file in (tmp_path / "gateway").rglob("*") if file.is_file()] == ["jwks.json"]
    assert (tmp_path / "gateway" / "keys" / "jwks.json").read_bytes() == first
    (published,), (own,) = json.loads(first)["keys"], json.loads(Keys.open(tmp_path / "signing").signing.jwks())["keys"]
    assert published["n"] == own["n"]
    assert "d" not in published
    assert "jwks.json" in capsys.readouterr().out


def test_where_it_cannot_there_is_one_line(tmp_path: Path) -> None:
    """A folder that cannot be made is told."""
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit, match=r"^sluice: "):
        main([str(tmp_path / "file")])
