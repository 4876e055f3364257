"""What is worth telling."""

import pytest

from ext_proc.results.reader.prospects import Prospect


@pytest.mark.parametrize(
    ("told", "now", "news"),
    [
        ((3, 100), (3, 100), False),
        ((3, 100), (2, 100), True),
        ((3, 100), (4, 100), True),
        ((3, 100), (3, 120), False),
        ((3, 100), (3, 80), False),
        ((3, 100), (3, 121), True),
        ((3, 100), (3, 79), True),
        ((3, 0), (3, 0), False),
        ((3, 0), (3, 1), True),
        ((3, 1), (3, 0), True),
        ((3, None), (3, None), False),
        ((3, None), (3, 0), True),
        ((3, 0), (3, None), True),
    ],
)
def test_news(told: tuple[int, int | None], now: tuple[int, int | None], news: bool) -> None:  # noqa: FBT001 - a parameter of pytest
    """Another position, more than a fifth of the time, or that it is known at all."""
    before, after = (Prospect(position=position, eta_seconds=eta) for position, eta in (told, now))
    assert news == after.is_news_after(before)
