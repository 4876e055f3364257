"""The data folder."""

import os
from pathlib import Path

import pytest

from local.errors import AlreadyRunning, HomeUnusable
from local.home import LONGEST, SOCKET_BYTES, occupied, spelled

ROOT = Path("/srv/sluice")


def test_a_home_is_told_absolutely() -> None:
    """So that nothing depends on where a process runs."""
    assert spelled(Path("/data/demo"), root=ROOT) == "/data/demo"
    assert spelled(ROOT / ".sluice", root=ROOT) == "/srv/sluice/.sluice"


def test_a_deep_home_under_the_root_is_told_relatively() -> None:
    """Sockets need a short path, and our processes run in the root."""
    root = Path("/" + "deep/" * 30)

    assert spelled(root / ".sluice", root=root) == ".sluice"


def test_a_home_too_deep_for_sockets_is_refused() -> None:
    """The limit of a socket's path is told before a bind fails, and the longest path that fits does fit."""
    longest = SOCKET_BYTES - len(LONGEST) - 1
    fits = Path("/" + "x" * (longest - 1))

    assert spelled(fits, root=ROOT) == str(fits)
    with pytest.raises(HomeUnusable, match="too long for unix sockets"):
        spelled(Path(f"{fits}x"), root=ROOT)


def test_one_system_at_a_time(tmp_path: Path) -> None:
    """The second one is told who the first is; once that is gone, the folder is free."""
    with occupied(tmp_path / "home"):
        with pytest.raises(AlreadyRunning, match=f"process {os.getpid()}"), occupied(tmp_path / "home"):
            pass
        assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700
    with occupied(tmp_path / "home"):
        pass


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    """One line, no traceback."""
    (tmp_path / "home").write_text("")
    with pytest.raises(HomeUnusable, match="cannot be used"), occupied(tmp_path / "home"):
        pass
