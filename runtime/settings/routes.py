"""Routes: a method and a path, and the plugins that run on them, in order."""

import re
from typing import Any, Literal

from pydantic import Field, PositiveInt, field_validator

from runtime.settings.base import Name, Section
from runtime.settings.bulk import BulkSettings

_PARAMETER = re.compile(r"\{([a-z_]+)\}")


class PluginUse(Section):
    """One plugin on one route. Its settings are typed by the plugin itself and checked when the chain is built."""

    name: str
    """A built-in, or one of an installed package."""

    settings: dict[str, Any] = {}
    """Typed by the plugin."""


class RouteSettings(Section):
    """One route.

    `path` may hold parameters: `/results/{query_id}` matches one non-empty segment, as it was sent.
    """

    name: Name
    """A label of metrics and logs."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    """Another method on this path is 405."""

    path: str = Field(pattern=r"^/")
    """Parameters in braces match one segment each."""

    summary: str = ""
    """One line for those who read the API's description."""

    max_body_bytes: PositiveInt | None = None
    """Instead of edge.max_body_bytes."""

    limited: bool = True
    """Count it against the caller's rate."""

    query_token: bool = False
    """Take the token from `?access_token=` too, for clients that can set no header; it goes no further."""

    profile: Literal["native", "zilla"] = "native"
    """How errors are answered: `native` with a problem (RFC 9457), `zilla` with the status and headers alone."""

    bulk: BulkSettings | None = None
    """Take records in bulk too: as `application/x-ndjson`, and as a JSON array. Absent: one record a request."""

    plugins: tuple[PluginUse, ...] = Field(min_length=1)
    """In order of execution."""

    @field_validator("path")
    @classmethod
    def _parameters(cls, path: str) -> str:
        """Braces that hold no parameter would be taken literally, and one name twice could not be told apart."""
        names = _PARAMETER.findall(path)
        if len(set(names)) != len(names):
            msg = "a parameter is there twice"
            raise ValueError(msg)
        if set("{}") & set(_PARAMETER.sub("", path)):
            msg = "a parameter is written {name}, with a-z and _"
            raise ValueError(msg)
        return path

    @field_validator("plugins", mode="before")
    @classmethod
    def _short_form(cls, value: object) -> object:
        """Allows `- identity`, and `- require: {scope: ...}`, for `- {name: ..., settings: ...}`."""
        if not isinstance(value, list):
            return value
        return [_plugin_use(item) for item in value]

    def parameters(self) -> tuple[str, ...]:
        """The names of the path's parameters, in their order."""
        return tuple(_PARAMETER.findall(self.path))

    def pattern(self) -> str:
        """The path as a regular expression (RE2 and Python alike), with a named group for each parameter."""
        parts = _PARAMETER.split(self.path)
        return "".join(f"(?P<{part}>[^/]+)" if i % 2 else re.escape(part) for i, part in enumerate(parts))


def _plugin_use(item: object) -> object:
    if isinstance(item, str):
        return {"name": item}
    if isinstance(item, dict) and len(item) == 1 and "name" not in item:
        ((name, settings),) = item.items()
        return {"name": name, "settings": settings or {}}
    return item
