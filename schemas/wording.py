"""What is said of a violation: short, in our words, and never with the client's value in it."""

from collections.abc import Callable, Mapping
from typing import Any

_TYPES = {
    "array": "an array",
    "boolean": "true or false",
    "integer": "an integer",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "a string",
}
_OTHER = "does not fit its schema"


def words(keyword: str, limit: Any, *, schema: Mapping[str, Any], found: Any) -> str:
    """Says what is wrong.

    Args:
        keyword: The keyword that was broken, as `maxLength`.
        limit: Its value in the schema.
        schema: What the keyword stands in; its own `says` comes first.
        found: What was found; at most its length is told.
    """
    own = schema.get("says", {}).get(keyword)
    if own is not None:
        return str(own)
    say = _WORDS.get(keyword)
    return say(limit, found) if say else _OTHER


def _type(limit: Any, _: Any) -> str:
    names = [limit] if isinstance(limit, str) else limit
    return f"must be {' or '.join(_TYPES[name] for name in names)}"


def _at_least(unit: str) -> Callable[[Any, Any], str]:
    def say(limit: Any, found: Any) -> str:
        return "must not be empty" if limit == 1 else f"must have at least {limit} {unit} (has {len(found)})"

    return say


def _at_most(unit: str) -> Callable[[Any, Any], str]:
    return lambda limit, found: f"must have at most {limit} {unit} (has {len(found)})"


_WORDS: Mapping[str, Callable[[Any, Any], str]] = {
    "required": lambda _limit, _found: "is required",
    "type": _type,
    "literal": lambda _limit, _found: "must be an integer without fraction or exponent",
    "enum": lambda limit, _: f"must be one of {', '.join(map(str, limit))}",
    "const": lambda limit, _: f"must be {limit}",
    "minimum": lambda limit, _: f"must be at least {limit}",
    "maximum": lambda limit, _: f"must be at most {limit}",
    "exclusiveMinimum": lambda limit, _: f"must be more than {limit}",
    "exclusiveMaximum": lambda limit, _: f"must be less than {limit}",
    "multipleOf": lambda limit, _: f"must be a multiple of {limit}",
    "minLength": _at_least("characters"),
    "maxLength": _at_most("characters"),
    "minItems": _at_least("items"),
    "maxItems": _at_most("items"),
    "minProperties": _at_least("properties"),
    "maxProperties": _at_most("properties"),
    "uniqueItems": lambda _limit, _found: "must not hold the same item twice",
    "pattern": lambda _limit, _found: "does not have the form that is asked for",
    "additionalProperties": lambda _limit, _found: "has properties that are not known",
    "propertyNames": lambda _limit, _found: "has a name that is not allowed",
}
