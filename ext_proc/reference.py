"""The reference of settings, plugins and metrics, written from the code that reads them."""

import inspect
import typing
from collections.abc import Iterator, Mapping
from enum import Enum

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from ext_proc.plugin import Plugin
from runtime.metrics import Described
from runtime.settings.gateway import Gateway

SETTINGS_FILE = "docs/configuration.md"
PLUGINS_FILE = "docs/plugins.md"
METRICS_FILE = "docs/metrics.md"

BEGIN = "<!-- generated: make generate -->"
END = "<!-- end of generated -->"


def settings_reference() -> str:
    """Every section of gateway.yaml as a table."""
    return "\n".join(_section(path, model) for path, model in _sections("", Gateway))


def plugins_reference(plugins: Mapping[str, type[Plugin]]) -> str:
    """Every plugin with what it promises and its settings."""
    return "\n".join(_plugin(name, plugin) for name, plugin in plugins.items())


def metrics_reference(metrics: typing.Sequence[Described]) -> str:
    """Every metric with its type, labels and meaning."""
    rows = [f"| `{m.name}` | {m.kind} | {', '.join(f'`{label}`' for label in m.labels)} | {m.help} |" for m in metrics]
    return "\n".join(["| metric | type | labels | |", "|---|---|---|---|", *rows, ""])


def spliced(page: str, generated: str) -> str:
    """A page with the part between its marks replaced."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{generated}\n{END}{after}"


def _plugin(name: str, plugin: type[Plugin]) -> str:
    text = inspect.cleandoc(plugin.__doc__ or "")
    inner = [f"`{path}`: {inspect.cleandoc(model.__doc__ or '')}\n\n{_table(model)}" for path, model in _inner(plugin)]
    return "\n".join([f"### `{name}`\n\n{text}\n\n{_table(plugin.Settings)}", *inner])


def _inner(plugin: type[Plugin]) -> list[tuple[str, type[BaseModel]]]:
    return [(path, model) for path, model in _sections("", plugin.Settings) if path]


def _section(path: str, model: type[BaseModel]) -> str:
    title = f"### `{path}`" if path else "### The file"
    return f"{title}\n\n{inspect.cleandoc(model.__doc__ or '')}\n\n{_table(model)}"


def _table(model: type[BaseModel]) -> str:
    if not model.model_fields:
        return ""
    rows = [
        f"| `{field.alias or name}` | {_type(field.annotation)} | {_default(field)} | {field.description or ''} |"
        for name, field in model.model_fields.items()
    ]
    return "\n".join(["| setting | type | default | |", "|---|---|---|---|", *rows, ""])


def _sections(path: str, model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    yield path, model
    for name, field in model.model_fields.items():
        inner = _model_in(field.annotation)
        if inner is not None:
            yield from _sections(f"{path}.{name}".lstrip(".") + _suffix(field.annotation), inner)


def _model_in(annotation: object) -> type[BaseModel] | None:
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, typing.get_args(annotation))), None)


def _suffix(annotation: object) -> str:
    origin = typing.get_origin(annotation)
    return "[]" if origin is tuple else ".<name>" if origin is dict else ""


def _type(annotation: object) -> str:
    if annotation is type(None):
        return "none"
    args = typing.get_args(annotation)
    origin = typing.get_origin(annotation)
    if origin is typing.Literal:
        return " or ".join(f"`{value}`" for value in args)
    if origin in {tuple, dict}:
        return f"list of {_type(args[0])}" if origin is tuple else "mapping"
    if args:
        return " or ".join(_type(arg) for arg in args if arg is not type(None) and not _is_metadata(arg))
    name = getattr(annotation, "__name__", str(annotation))
    return {"str": "text", "float": "number", "int": "integer", "bool": "true or false", "SecretStr": "secret"}.get(
        name, "section"
    )


def _is_metadata(argument: object) -> bool:
    return not inspect.isclass(argument) and typing.get_origin(argument) is None


def _default(field: FieldInfo) -> str:
    value = field.default
    if value is PydanticUndefined:
        return "required"
    if value is None or isinstance(value, BaseModel):
        return ""
    shown = value.value if isinstance(value, Enum) else value
    return f"`{list(shown) if isinstance(shown, tuple) else shown}`" if shown not in ({}, (), "") else ""
