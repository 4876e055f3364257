"""An Idempotency-Key as clients write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ext_proc.idempotency.key import LONGEST, KeyMalformed, read_key


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("a", "a"),
        ('"a"', "a"),
        ("8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324"),
        ('  "a b, c; d"\t', "a b, c; d"),
        (r'"say \"a\" \\"', 'say "a" \\'),
        ('"a"; of=me', "a"),
        ("abc/+=:._~!", "abc/+=:._~!"),
        ('"' + "k" * LONGEST + '"', "k" * LONGEST),
    ],
)
def test_quoted_and_bare_are_one_key(header: str, key: str) -> None:
    """The quotes are not of it, nor are parameters."""
    assert read_key(header) == key


@pytest.mark.parametrize(
    "header",
    [
        "",
        " ",
        '""',
        "k" * 256,
        '"' + "k" * 256 + '"',
        "a, b",
        '"a", "b"',
        '"a',
        'a"',
        "a b",
        r'"\a"',
        '"é"',
        "é",
        '"a"b',
        "a;b=1",
    ],
)
def test_anything_else_is_none(header: str) -> None:
    """Two keys, none, a broken one and one that is too long."""
    with pytest.raises(KeyMalformed):
        read_key(header)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=LONGEST))
def test_every_printable_key_can_be_quoted(key: str) -> None:
    """As RFC 9651 escapes it."""
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    assert read_key(f'"{escaped}"') == key
