"""What who takes the pictures is told where that cannot be."""

from pathlib import Path

import pytest

from demo.page.shots import main
from local.kafka.ports import free_port
from tests.fixtures.chromium import chromium_path


def test_without_a_demo_it_says_so(tmp_path: Path) -> None:
    """One line, and no traceback, where nothing listens."""
    chromium_path()
    with pytest.raises(SystemExit, match="does `make demo` run") as ended:
        main(["--url", f"http://127.0.0.1:{free_port()}", "--into", str(tmp_path / "images")])
    assert "\n" not in str(ended.value.code)
    assert list((tmp_path / "images").iterdir()) == []


def test_without_a_browser_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where no browser is on the PATH, it says what to install."""
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match="install chromium"):
        main(["--into", str(tmp_path)])
