"""How long to wait before the next try.

Exponential backoff with full jitter, so that many who failed together do not come back together:
https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

from collections.abc import Callable

from runtime.settings.workers import RetrySettings

LONGEST_ASKED = 300.0  # seconds; who asks for more is not waited for longer, or one answer could hold a key for days

Draw = Callable[[], float]  # a number from 0 to 1


class Backoff:
    """The waits of one stage."""

    def __init__(self, settings: RetrySettings, *, draw: Draw) -> None:
        self._settings = settings
        self._draw = draw

    @property
    def attempts(self) -> int:
        """Tries until a record is given up."""
        return self._settings.attempts

    def seconds(self, attempt: int, *, asked: float | None = None) -> float:
        """The wait after the `attempt`-th try failed; never less than the other side asked for."""
        doubled: float = self._settings.first * 2 ** min(attempt - 1, 30)
        jittered = self._draw() * min(doubled, self._settings.longest)
        if asked is None:
            return jittered
        # On top of it, so that all who were told the same time do not come at the same time.
        return min(asked, LONGEST_ASKED) + self._draw() * self._settings.first
