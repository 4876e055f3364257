"""Printing a token."""

from pathlib import Path

import jwt
import pytest

from demo.token import main


def test_a_token_can_be_one_that_has_expired(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever wants to see a 401 can have a token for it."""
    monkeypatch.setenv("SLUICE_HOME", str(tmp_path))
    main(["--ttl", "-10"])
    claims = jwt.decode(capsys.readouterr().out.strip(), options={"verify_signature": False})

    assert claims["exp"] == claims["iat"] - 10


def test_without_keys_there_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that cannot be used is told."""
    monkeypatch.setenv("SLUICE_HOME", str(tmp_path / "file"))
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit, match="sluice: the data folder"):
        main([])
