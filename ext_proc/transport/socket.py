"""The unix socket on which a processor listens."""

from pathlib import Path


def make_room(socket: str) -> None:
    """Makes its folder, for nobody else; and a killed predecessor leaves its socket behind."""
    Path(socket).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    Path(socket).unlink(missing_ok=True)
