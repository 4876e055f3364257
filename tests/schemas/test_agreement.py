"""The library that decides and the library that explains agree, on the corners where JSON Schema libraries differ."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.explanation import Explanation
from schemas.validator import FOLDER, SchemaValidators, _read
from schemas.verdict import Patterns, Schema, Verdict

FILE = Path("a.schema.json")
PATTERNS = Patterns()
KNOWN = {schema["$id"]: schema for schema in map(_read, FOLDER.glob("*.json"))}


def both(schema: Schema, document: Any) -> tuple[bool, bool]:
    verdict = Verdict(schema, file=FILE, known=KNOWN).accepts(document)
    explanation = Explanation(schema, file=FILE, known=KNOWN, patterns=PATTERNS)
    return verdict, not explanation._found(document)


# In the manner of the JSON-Schema-Test-Suite, draft 2020-12: the kinds of cases that its implementers get wrong.
CASES: list[tuple[Schema, Any, bool]] = [
    ({"type": "integer"}, 1.0, True),
    ({"type": "integer"}, 1.1, False),
    ({"type": "integer"}, True, False),
    ({"type": "integer"}, "1", False),
    ({"type": "integer"}, 10**30, True),
    ({"type": "number"}, False, False),
    ({"type": ["integer", "string"]}, None, False),
    ({"type": "integer", "literal": "integer"}, 1.0, False),
    ({"type": "integer", "literal": "integer"}, 1, True),
    ({"literal": "integer"}, "1.0", True),
    ({"minimum": 0}, -0.0, True),
    ({"minimum": 0}, -1e-300, False),
    ({"maximum": 2147483647}, 2147483647.0, True),
    ({"maximum": 2147483647}, 2147483648, False),
    ({"maximum": 18446744073709551615}, 18446744073709551616, False),
    ({"minimum": -2}, "no number", True),
    ({"multipleOf": 0.01}, 0.0075, False),
    ({"multipleOf": 0.0001}, 0.0075, True),
    ({"multipleOf": 2}, 7, False),
    ({"enum": [0]}, False, False),
    ({"enum": [False]}, 0, False),
    ({"enum": [1]}, True, False),
    ({"enum": [1]}, 1.0, True),
    ({"enum": [[False]]}, [0], False),
    ({"enum": [{"a": 1}]}, {"a": True}, False),
    ({"const": 0}, False, False),
    ({"const": {"a": [1]}}, {"a": [1.0]}, True),
    ({"const": "\u00e9"}, "e\u0301", False),
    ({"uniqueItems": True}, [1, True], True),
    ({"uniqueItems": True}, [0, False], True),
    ({"uniqueItems": True}, [1, 1.0], False),
    ({"uniqueItems": True}, [[1], [True]], True),
    ({"uniqueItems": True}, [{"a": 1, "b": 2}, {"b": 2, "a": 1}], False),
    ({"uniqueItems": True}, [None, 0, "", [], {}], True),
    ({"maxLength": 2}, "\U0001f6a2\U0001f6a2", True),
    ({"maxLength": 2}, "\U0001f6a2\U0001f6a2\U0001f6a2", False),
    ({"minLength": 2}, "\U0001f6a2", False),
    ({"maxLength": 1}, "e\u0301", False),
    ({"maxLength": 1}, 100, True),
    ({"maxLength": 2.0}, "abc", False),
    ({"pattern": "^a*$"}, "aaa\n", False),
    ({"pattern": "^a*$"}, "aaa", True),
    ({"pattern": "a+"}, "xxaayy", True),
    ({"pattern": "^\\d$"}, "\u0661", False),
    ({"pattern": "^\\w$"}, "\u00e9", False),
    ({"pattern": "^\\S$"}, "\u00a0", False),
    ({"pattern": "^[^\\u0000]*$"}, "a\0b", False),
    ({"pattern": "^[^\\u0000]*$"}, "a\n\r\u2028b", True),
    ({"pattern": "^.$"}, "\U0001f6a2", True),
    ({"pattern": "^a"}, 5, True),
    ({"required": ["a"]}, [], True),
    ({"required": ["a"]}, {"a": None}, True),
    ({"required": ["__proto__", "toString"]}, {}, False),
    ({"properties": {"a": {"type": "string"}}}, {"a": 1}, False),
    ({"properties": {"a": False}}, {"a": None}, False),
    ({"properties": {"a": False}}, {"b": None}, True),
    ({"additionalProperties": {"type": "string"}}, {"a": 1}, False),
    ({"propertyNames": {"maxLength": 1}}, {"ab": 1}, False),
    ({"propertyNames": {"pattern": "^a$"}}, {"a\n": 1}, False),
    ({"items": {"type": "integer"}}, [1, "a"], False),
    ({"prefixItems": [{"type": "integer"}], "items": False}, [1, 2], False),
    ({"maxItems": 1}, [1, 2], False),
    ({"contains": {"const": 5}}, [1, 2], False),
    ({"minContains": 0, "contains": {"const": 5}}, [], True),
    ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, False),
    ({"anyOf": [{"type": "string"}, {"minimum": 2}]}, 1, False),
    ({"oneOf": [{"type": "integer"}, {"minimum": 2}]}, 3, False),
    ({"not": {"type": "null"}}, None, False),
    ({"if": {"const": 1}, "then": False}, 1, False),
    ({"unevaluatedProperties": False, "properties": {"a": True}}, {"b": 1}, False),
    ({"type": "object"}, {}, True),
    ({"format": "ipv4"}, "1.2.3.256", False),
    ({"format": "uuid"}, "not-a-uuid", False),
    ({"format": "date"}, "2026-02-30", False),
    ({"format": "no-such-format"}, "anything", True),
    ({"$ref": "https://schemas.sluice.example/common.schema.json#/$defs/doc_id"}, "a#b", False),
    ({"$ref": "https://schemas.sluice.example/common.schema.json#/$defs/doc_id", "maxLength": 1}, "ab", False),
]


@pytest.mark.parametrize(("schema", "document", "valid"), CASES)
def test_both_agree_with_the_specification(schema: Schema, document: Any, valid: bool) -> None:  # noqa: FBT001 - a row
    """Neither library differs from draft 2020-12, nor from the other."""
    assert (valid, valid) == both(schema, document)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
PROPERTIES = sorted({name for schema in KNOWN.values() for name in schema.get("properties", {})})
TEMPTING = st.sampled_from(["", "a", "a\n", "a#1", "\0", "public", "\u0661", "x" * 65, "\U0001f6a2" * 513, "claude"])
DOCUMENTS = st.dictionaries(st.sampled_from(PROPERTIES) | st.text(max_size=4), JSON | TEMPTING, max_size=8) | JSON


def compiled(name: str) -> tuple[Verdict, Explanation]:
    schema = KNOWN[f"https://schemas.sluice.example/{name}.schema.json"]
    verdict = Verdict(schema, file=FILE, known=KNOWN)
    return verdict, Explanation(schema, file=FILE, known=KNOWN, patterns=PATTERNS)


OURS = {name: compiled(name) for name in SchemaValidators.load().names}


@settings(max_examples=300, deadline=None)
@given(document=DOCUMENTS)
def test_both_agree_on_anything_by_our_schemas(document: Any) -> None:
    """No document is refused without a reason, and none has a reason without being refused."""
    for name, (verdict, explanation) in OURS.items():
        assert verdict.accepts(document) == (not explanation._found(document)), name
