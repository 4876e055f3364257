"""The JSON Schema of gateway.yaml, for editors."""

import copy
from typing import Any

import orjson

from ext_proc.registry import discover
from runtime.settings.gateway import Gateway


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


def _with_variables(schema: Any) -> Any:
    """Lets text with a variable stand for what it comes to: `${PORT:-8080}` is a number once the environment has filled it."""
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
    return kind in ("integer", "number") or (
        kind == "string" and bool({"minLength", "pattern", "enum"} & schema.keys())
    )
