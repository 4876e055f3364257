"""The JSON Schemas of `schemas/json` as components of one document, with the references among them turned to it."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import orjson

from schemas.validator import FOLDER, SUFFIX

PLACE = "#/components/schemas/"
COMMON = "common"
"""The file whose definitions are components by their own names."""

_OURS = frozenset({"$schema", "$id", "$defs", "says", "literal"})
"""What stands in a schema for us alone, or for the file that it stands in."""

LONGEST_EXAMPLE = 600
"""Bytes; examples that prove a bound are longer, and show nobody anything."""


def reference(name: str) -> dict[str, Any]:
    """A reference to a component."""
    return {"$ref": PLACE + name}


def reached(document: Any) -> dict[str, Any]:
    """The components that a document refers to, directly or through one another, by name."""
    known, found = _components(), dict[str, Any]()
    waiting = list(_references(document))
    while waiting:
        name = waiting.pop()
        if name in known and name not in found:
            found[name] = known[name]
            waiting += _references(known[name])
    return dict(sorted(found.items()))


def examples(name: str) -> Mapping[str, Any]:
    """The short ones among the valid examples of a schema, by what they show; none for one that has no folder."""
    folder = FOLDER.parent / "examples" / name / "valid"
    files = sorted(folder.glob("*.json")) if folder.is_dir() else []
    read = {file.stem: orjson.loads(file.read_bytes()) for file in files}
    return {stem: value for stem, value in read.items() if len(orjson.dumps(value)) <= LONGEST_EXAMPLE}


@cache
def _components() -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for file in sorted(FOLDER.glob(f"*{SUFFIX}")):
        name, schema = file.name.removesuffix(SUFFIX), orjson.loads(file.read_bytes())
        own = schema.get("$defs", {}) if name == COMMON else {name: schema}
        found.update({each: _turned(part) for each, part in own.items()})
    return found


def _turned(schema: Any) -> Any:
    """The same without what is ours. What stands beside a `$ref` is set beside it in an `allOf`, for readers of older drafts."""
    if isinstance(schema, list):
        return [_turned(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _members(key, value) for key, value in schema.items() if key not in _OURS or isinstance(value, bool)}
    if "$ref" not in made:
        return made
    here = {"$ref": PLACE + _name(made.pop("$ref"))}
    return {"allOf": [here, made]} if made else here


def _members(key: str, value: Any) -> Any:
    """Members of `properties` are names, and one may be called as a keyword is."""
    if key == "properties":
        return {name: _turned(schema) for name, schema in value.items()}
    return value if key in {"const", "enum", "default", "examples"} else _turned(value)


def _name(target: str) -> str:
    file, _, definition = target.partition("#")
    return definition.rpartition("/")[2] or file.removesuffix(SUFFIX)


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        target = value.get("$ref")
        if isinstance(target, str) and target.startswith(PLACE):
            yield target.removeprefix(PLACE)
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _references(inner)
