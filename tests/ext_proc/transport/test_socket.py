"""A processor's socket has a folder of its own, and no predecessor."""

import socket
from pathlib import Path

from ext_proc.transport.socket import make_room


def test_the_folder_is_nobody_elses(tmp_path: Path) -> None:
    """Whoever may open the socket may speak as Envoy."""
    at = tmp_path / "run" / "p.sock"
    make_room(str(at))
    assert 0o700 == at.parent.stat().st_mode & 0o777


def test_what_a_killed_one_left_is_gone(tmp_path: Path) -> None:
    """So that the next can listen there."""
    at = tmp_path / "p.sock"
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(at))
    make_room(str(at))
    assert not at.exists()
