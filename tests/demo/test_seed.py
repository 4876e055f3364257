"""Bringing the library in, from elsewhere."""

from pathlib import Path

import pytest

from demo.seed import main
from local.kafka.ports import free_port


def test_where_nothing_answers_there_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Status 1, so that whoever runs it once knows that it did not."""
    monkeypatch.setenv("SLUICE_HOME", str(tmp_path))
    with pytest.raises(SystemExit, match=r"^sluice: nothing answers at http://127"):
        main([f"http://127.0.0.1:{free_port()}"])
