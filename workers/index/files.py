"""Small JSON files that are either the old or the new one, whenever the machine stops."""

import json
import os
from pathlib import Path
from typing import Any


def read_json(path: Path) -> Any:
    """What the file holds; `None` where there is none, or no JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def write_json(path: Path, content: Any) -> None:
    """Replaces the file; it is on the disk when this returns."""
    draft = path.with_suffix(".new")
    with draft.open("w", encoding="utf-8") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    # The new name itself is kept in the folder.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
