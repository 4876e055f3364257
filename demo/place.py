"""Where the demo runs, as the environment says: the same answer for `make demo`, `make ask` and `make token`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from local.ports import DEFAULTS, PUBLIC

HOME = "SLUICE_HOME"
DEFAULT_HOME = ".sluice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The data folder and the public address. `prefix` is what commands need before them to find the same place."""

    home: Path
    url: str
    prefix: str

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        """Reads the environment."""
        home = environ.get(HOME) or DEFAULT_HOME
        port = environ.get(PUBLIC) or str(DEFAULTS[PUBLIC])
        chosen = [f"{HOME}={home}"] if home != DEFAULT_HOME else []
        chosen += [f"{PUBLIC}={port}"] if port != str(DEFAULTS[PUBLIC]) else []
        return cls(home=Path(home), url=f"http://127.0.0.1:{port}", prefix="".join(f"{one} " for one in chosen))
