"""The files of the repository that are written from the code."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from ext_proc.config_schema import config_schema
from ext_proc.reference import (
    METRICS_FILE,
    PLUGINS_FILE,
    SETTINGS_FILE,
    metrics_reference,
    plugins_reference,
    settings_reference,
    spliced,
)
from ext_proc.registry import BUILT_IN
from runtime.metrics import described

SCHEMA_FILE = "gateway.schema.json"


def files(root: Path = Path()) -> Mapping[str, bytes]:
    """Every generated file as it should be; a page of docs/ keeps what stands around its generated part."""
    references = {
        SETTINGS_FILE: settings_reference(),
        PLUGINS_FILE: plugins_reference(BUILT_IN),
        METRICS_FILE: metrics_reference(described()),
    }
    pages = {
        name: spliced((root / name).read_text(encoding="utf-8"), text).encode() for name, text in references.items()
    }
    return {SCHEMA_FILE: config_schema(), **pages}


def write(root: Path = Path()) -> None:
    """Writes them."""
    for name, content in files(root).items():
        (root / name).write_bytes(content)


def stale(root: Path = Path()) -> Sequence[str]:
    """The names of those that are not what the code makes now."""
    made = files(root)
    return [
        name for name, content in made.items() if not (root / name).exists() or (root / name).read_bytes() != content
    ]
