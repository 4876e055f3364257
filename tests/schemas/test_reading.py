"""A text that two readers may read differently is told from one that they cannot."""

import orjson
import pytest

from schemas.reading import LEVELS, TOO_DEEP, TWICE, doubt


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":1}',
        '{"a":1,"b":{"c":[{"d":2,"d":3}]}}',
        r'{"a":1,"\u0061":2}',
        r'{"a":"\u0022\u0022\u0022\u0022","b":"x","b":"y"}',
        r'{"a\"":1,"a\u0022":2}',
        r'{"a\\":1,"a\\":2}',
        '{"":1,"":2}',
    ],
)
def test_a_name_that_is_there_twice_is_found(text: str) -> None:
    """At any depth, and however it is spelt."""
    assert doubt(text.encode(), orjson.loads(text)) == TWICE


@pytest.mark.parametrize(
    "text",
    [
        "1",
        "[]",
        '{"a":"a","b":["a","a",{"a":1}]}',
        r'{"a":"say \"a\" and \"a\"","A":"\\"}',
        r'{"a":"\u0022","b":"\u00e9","c":1e308,"d":12345678901234567890}',
        r'{"a":"C:\\users"}',
        r'{"a":"\b\f\n\r\t\/ and "}',
        '{ "a" : "\u00e9\U0001f600" }',
    ],
)
def test_what_has_each_name_once_is_clear(text: str) -> None:
    """Quotation marks inside texts, escapes and white space raise no doubt."""
    assert doubt(text.encode(), orjson.loads(text)) is None


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
@pytest.mark.parametrize(("levels", "expected"), [(LEVELS, None), (LEVELS + 1, TOO_DEEP), (1000, TOO_DEEP)])
def test_depth_is_bounded(levels: int, expected: str | None, opening: bytes) -> None:
    """What is nested deeper than its readers can follow is in doubt."""
    text = opening * levels + b"1" + (b"]" if opening == b"[" else b"}") * levels
    assert doubt(text, orjson.loads(text)) == expected


def test_breadth_is_not() -> None:
    """Many lists beside one another are no depth."""
    text = b"[" + b"[[]]," * 1000 + b'"[[["]'
    assert doubt(text, orjson.loads(text)) is None
