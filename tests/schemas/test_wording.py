"""What is said of a violation."""

from typing import Any

import pytest

from schemas.wording import words


@pytest.mark.parametrize(
    ("keyword", "limit", "found", "expected"),
    [
        ("type", "object", 1, "must be an object"),
        ("type", ["string", "null"], 1, "must be a string or null"),
        ("minLength", 1, "", "must not be empty"),
        ("minLength", 3, "ab", "must have at least 3 characters (has 2)"),
        ("maxItems", 1, [1, 2], "must have at most 1 items (has 2)"),
        ("minProperties", 2, {}, "must have at least 2 properties (has 0)"),
        ("const", "1.0", "2", "must be 1.0"),
        ("enum", ["a", 1], "b", "must be one of a, 1"),
        ("exclusiveMinimum", 0, 0, "must be more than 0"),
        ("exclusiveMaximum", 1, 1, "must be less than 1"),
        ("multipleOf", 5, 3, "must be a multiple of 5"),
        ("uniqueItems", True, [1, 1], "must not hold the same item twice"),
        ("pattern", "^a$", "b", "does not have the form that is asked for"),
        ("additionalProperties", False, {"a": 1}, "has properties that are not known"),
        ("propertyNames", False, {"a": 1}, "has a name that is not allowed"),
        ("literal", "integer", 1.0, "must be an integer without fraction or exponent"),
        ("not", {}, 1, "does not fit its schema"),
    ],
)
def test_each_keyword_has_words(keyword: str, limit: Any, found: Any, expected: str) -> None:
    """The words name the limit and at most the length of what was found."""
    assert expected == words(keyword, limit, schema={}, found=found)


def test_a_schema_may_say_it_better() -> None:
    """`says` beside a keyword replaces the general words."""
    schema = {"pattern": "^a$", "says": {"pattern": "must be the letter a"}}

    assert words("pattern", "^a$", schema=schema, found="b") == "must be the letter a"
