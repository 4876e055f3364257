"""gateway.yaml with some values changed, for a process that differs from the system's in nothing else."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from bench.errors import Unmeasured
from runtime.errors import ConfigError
from runtime.settings.gateway import Gateway
from runtime.settings.load import load

Changes = Mapping[str, Any]
"""Values by where they stand: `{"kafka.clients.gateway": "librdkafka"}`."""


def varied(text: str, changes: Changes, *, renamed: Mapping[str, str] | None = None) -> str:
    """The text with those values, and with other names for some topics; what else it says stays, variables too."""
    for name, other in (renamed or {}).items():
        text = text.replace(name, other)
    document = yaml.safe_load(text)
    for path, value in changes.items():
        *parents, last = path.split(".")
        here = document
        for parent in parents:
            here = here.setdefault(parent, {})
        here[last] = value
    return yaml.safe_dump(document, sort_keys=False, width=1000)


def write(
    source: Path,
    to: Path,
    changes: Changes,
    *,
    environ: Mapping[str, str],
    renamed: Mapping[str, str] | None = None,
) -> Gateway:
    """Writes the changed file, and says what it comes to.

    Raises:
        Unmeasured: It is no configuration.
    """
    text = varied(source.read_text(encoding="utf-8"), changes, renamed=renamed)
    to.write_text(text, encoding="utf-8")
    try:
        return load(to, environ=environ)
    except ConfigError as error:
        raise Unmeasured(what=to.stem, reason=str(error)) from error
