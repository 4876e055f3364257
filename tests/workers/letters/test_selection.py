"""Times as people say them."""

import pytest

from workers.letters.selection import moment

NOW = 1_767_225_600_000  # 2026-01-01T00:00:00Z


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90s", NOW - 90_000),
        ("30m", NOW - 1_800_000),
        ("1h", NOW - 3_600_000),
        ("2d", NOW - 172_800_000),
        ("2026-01-01", NOW),
        ("2026-01-01T01:00:00+01:00", NOW),
        ("2026-01-01T00:00:00.5Z", NOW + 500),
    ],
)
def test_a_time_is_so_long_ago_or_a_date(text: str, expected: int) -> None:
    """In UTC where it names no zone."""
    assert moment(text, now_ms=NOW) == expected


@pytest.mark.parametrize("text", ["", "1", "h", "1w", "-1h", "noon"])
def test_anything_else_is_none(text: str) -> None:
    """Rather than a guess."""
    with pytest.raises(ValueError, match=r"."):
        moment(text, now_ms=NOW)
