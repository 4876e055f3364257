"""The folder of an embedded index: whose it is, of which model, and how far it has read.

```
lock             held by the process that uses the folder
index.json       model and dimensions; written last, so that a folder without it is begun anew
positions.json   how far the source was read
shard/           Qdrant Edge's own
```
"""

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from runtime.errors import ConfigError, Problem
from runtime.settings.load import DEFAULT_FILE
from workers.index.files import read_json, write_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """What the index was made with, and how many passages it held when its graph was last built.

    `layout` counts up whenever vectors or payloads are kept in another way.
    """

    model: str
    dimensions: int
    optimized: int = 0
    layout: int = 2

    def fits(self, other: "Marker") -> bool:
        """Whether vectors of both may be compared."""
        return replace(self, optimized=other.optimized) == other


_MARKED = asdict(Marker(model="", dimensions=0)).keys()


class Home:
    """A locked folder. Made by `locked`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.shard = path / "shard"

    def marker(self) -> Marker | None:
        """What the index was made with; `None` where there is no whole index, or one of another version of Sluice."""
        kept = read_json(self._path / "index.json")
        if not isinstance(kept, dict) or kept.keys() != _MARKED or not self.shard.is_dir():
            return None
        return Marker(**kept)

    def mark(self, marker: Marker) -> None:
        """The index is whole, and was made with this."""
        write_json(self._path / "index.json", asdict(marker))

    def mark_optimized(self, count: int) -> None:
        """The graph was built over so many passages."""
        if marker := self.marker():
            self.mark(replace(marker, optimized=count))

    def clear(self) -> None:
        """Takes everything out but the lock. Whatever is left when the process dies here is taken for nothing."""
        for name in ("index.json", "positions.json"):
            (self._path / name).unlink(missing_ok=True)
        shutil.rmtree(self.shard, ignore_errors=True)

    def load_positions(self) -> dict[str, int]:
        """What was saved last; empty at first."""
        return dict(read_json(self._path / "positions.json") or {})

    def save_positions(self, positions: Mapping[str, int]) -> None:
        """Keeps them, whole or not at all."""
        write_json(self._path / "positions.json", dict(positions))


@contextmanager
def locked(path: str) -> Iterator[Home]:
    """The folder, made where it is missing, and this process's alone.

    Raises:
        ConfigError: Another process uses it, or it cannot be made.
    """
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / "lock").open("a+", encoding="ascii")
    except OSError as error:
        raise unusable(path, f"cannot be used: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            message = f"is in use by process {file.read() or '?'}; each retriever needs a folder of its own"
            raise unusable(path, message) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield Home(folder)


def unusable(path: str, message: str) -> ConfigError:
    """The error that says so."""
    problem = Problem(path="index.path", line=None, message=message, value=repr(path))
    return ConfigError(file=DEFAULT_FILE, problems=(problem,))
