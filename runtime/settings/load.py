"""gateway.yaml -> Gateway, or every reason why not."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from runtime.errors import ConfigError, Problem
from runtime.settings.gateway import Gateway
from runtime.settings.source import Source

DEFAULT_FILE = "gateway.yaml"


def load(file: str | Path | None = None, *, environ: Mapping[str, str] | None = None) -> Gateway:
    """Reads the configuration.

    Args:
        file: The file; else `SLUICE_CONFIG` of the environment, else gateway.yaml.
        environ: What `${NAME}` is filled from; the process's environment by default.

    Raises:
        ConfigError: With file, line, path and value of everything that is wrong.
    """
    return load_with_source(file, environ=environ)[0]


def load_with_source(
    file: str | Path | None = None, *, environ: Mapping[str, str] | None = None
) -> tuple[Gateway, Source]:
    """As `load`, with the source, so that later checks can name lines too."""
    environ = os.environ if environ is None else environ
    path = str(file or environ.get("SLUICE_CONFIG") or DEFAULT_FILE)
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        problem = Problem(path="", line=None, message=f"cannot be read: {error.strerror}")
        raise ConfigError(file=path, problems=(problem,)) from error
    except UnicodeDecodeError as error:
        problem = Problem(path="", line=None, message="cannot be read: it is not UTF-8")
        raise ConfigError(file=path, problems=(problem,)) from error
    source = Source(text, file=path, environ=environ)
    try:
        return Gateway.model_validate(source.data), source
    except ValidationError as error:
        raise ConfigError(file=path, problems=problems_of(error, source=source)) from error


def problems_of(error: ValidationError, *, source: Source, under: Sequence[str | int] = ()) -> tuple[Problem, ...]:
    """Names the line of each of pydantic's errors; `under` is where in the file the validated part stands."""
    return tuple(_problem(details, source=source, under=under) for details in error.errors(include_url=False))


def _problem(details: ErrorDetails, *, source: Source, under: Sequence[str | int]) -> Problem:
    location = (*under, *details["loc"])
    shown = None if _is_secret(location) or details["type"] == "missing" else _short(details["input"])
    message = details["msg"].removeprefix("Value error, ")
    return Problem(path=".".join(map(str, location)), line=source.line(location), message=message, value=shown)


def _is_secret(location: Sequence[str | int]) -> bool:
    return any(step in {"keys", "api_key"} for step in location)


def _short(value: object, *, limit: int = 60) -> str | None:
    if isinstance(value, dict | list):
        return None
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."
