"""Whether gateway.yaml can be used, without using it; and its JSON Schema, for editors."""

import copy
from pathlib import Path
from typing import Any

import orjson

from bus.records import Receipt, Record
from ext_proc.build import build
from ext_proc.registry import discover
from ext_proc.services import services_for
from runtime.metrics import GatewayMetrics, Registry
from runtime.settings.gateway import Gateway
from runtime.settings.load import load_with_source

SCHEMA_FILE = "gateway.schema.json"


def check(file: str | None) -> Gateway:
    """Loads the file and builds every chain, exactly as a processor does at start.

    Raises:
        ConfigError: With everything that is wrong.
    """
    gateway, source = load_with_source(file)
    build(
        services_for(gateway, producer=_NoProducer(), metrics=GatewayMetrics(Registry())),
        plugins=discover(),
        source=source,
    )
    return gateway


def config_schema() -> bytes:
    """The JSON Schema of gateway.yaml, the settings of every plugin included."""
    schema = Gateway.model_json_schema(mode="validation")
    definitions = schema["$defs"]
    plugins = discover()
    choices: list[dict[str, Any]] = [{"enum": sorted(plugins)}]
    for name, plugin in sorted(plugins.items()):
        settings = copy.deepcopy(plugin.Settings.model_json_schema())
        definitions.update(settings.pop("$defs", {}))
        choices.append({"type": "object", "properties": {name: settings}, "required": [name], "maxProperties": 1})
    definitions["PluginUse"] = {"description": "One plugin on a route, by name or with settings.", "anyOf": choices}
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return orjson.dumps(_with_variables(schema), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"


def is_fresh(file: str = SCHEMA_FILE) -> bool:
    """Whether the published schema is the one that the code makes now."""
    path = Path(file)
    return path.exists() and path.read_bytes() == config_schema()


def _with_variables(schema: Any) -> Any:
    """Lets every number stand as text too: `${PORT:-8080}` is one before the environment fills it."""
    if isinstance(schema, list):
        return [_with_variables(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _with_variables(value) for key, value in schema.items()}
    if _is_narrow(made):
        kept = {key: made.pop(key) for key in ("title", "default", "description") if key in made}
        return {**kept, "anyOf": [made, {"type": "string", "pattern": r"\$\{"}]}
    return made


def _is_narrow(schema: dict[str, Any]) -> bool:
    """Whether `${NAME}` would break it. A property may itself be called "type": then its value is no word."""
    kind = schema.get("type")
    return kind in ("integer", "number") or (kind == "string" and bool({"minLength", "pattern"} & schema.keys()))


class _NoProducer:
    """Stands where a producer would: checking writes nothing."""

    def send(self, record: Record) -> Any:
        """Never called."""
        raise NotImplementedError

    async def put(self, record: Record) -> Receipt:
        """Never called."""
        raise NotImplementedError

    async def flush(self) -> None:
        """Never called."""
        raise NotImplementedError
