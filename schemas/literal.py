"""The keyword `literal`: a number must be written as an integer.

To JSON Schema 1.0 is an integer. To a record key it is not: `doc#1.0` and `doc#1` are two keys for one chunk. So where
a number becomes a part of a key, or a count in Python, `"literal": "integer"` refuses 1.0 and 1e0.
Libraries that do not know the keyword ignore it, as the specification says.
"""

from typing import Any

KEYWORD = "literal"


def is_literal(value: Any) -> bool:
    """Whether `value` is anything but a whole number written with a fraction or an exponent."""
    return not (isinstance(value, float) and value.is_integer())
