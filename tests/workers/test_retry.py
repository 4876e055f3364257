"""Waits grow, are spread, and respect what was asked."""

from hypothesis import given
from hypothesis import strategies as st

from runtime.settings.workers import RetrySettings
from workers.retry import LONGEST_ASKED, Backoff

SETTINGS = RetrySettings(attempts=5, first=0.2, longest=30.0)


def test_the_longest_wait_doubles_to_a_bound() -> None:
    """The jitter's upper end."""
    backoff = Backoff(SETTINGS, draw=lambda: 1.0)
    assert [backoff.seconds(attempt) for attempt in (1, 2, 3, 9, 5000)] == [0.2, 0.4, 0.8, 30.0, 30.0]


@given(attempt=st.integers(1, 100), drawn=st.floats(0, 1))
def test_jitter_is_full(attempt: int, drawn: float) -> None:
    """Any wait from none to the longest is as likely."""
    longest = Backoff(SETTINGS, draw=lambda: 1.0).seconds(attempt)
    assert Backoff(SETTINGS, draw=lambda: drawn).seconds(attempt) == drawn * longest


def test_nobody_comes_before_they_were_asked_to() -> None:
    """`retry_after` is a lower bound, with a little on top; but nobody waits for days."""
    backoff = Backoff(SETTINGS, draw=lambda: 0.5)
    assert backoff.seconds(1, asked=7.0) == 7.1
    assert backoff.seconds(1, asked=86400.0) == LONGEST_ASKED + 0.1
    assert backoff.attempts == 5
