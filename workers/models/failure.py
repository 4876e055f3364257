"""What a provider's refusal means, in one table for every provider."""

import math
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from runtime.clock import Clock
from workers.errors import ModelRejected, ModelUnavailable

# A 4xx blames the request, and the same request would meet the same answer; these four only blame the moment.
_PASSING = frozenset({408, 409, 425, 429})

_LONGEST_DETAIL = 300


def failure(
    *, provider: str, status: int, detail: str, retry_after: float | None = None, final: bool = False
) -> ModelRejected | ModelUnavailable:
    """The error to raise for an HTTP status.

    Args:
        provider: Who answered, as it is named in metrics.
        status: What it answered.
        detail: What it said; cut to a line's length.
        retry_after: Seconds, where it said when to come back.
        final: The provider said that waiting will not help, whatever the status.
    """
    detail = detail[:_LONGEST_DETAIL]
    if final or (400 <= status < 500 and status not in _PASSING):
        return ModelRejected(provider=provider, status=status, detail=detail)
    return ModelUnavailable(provider=provider, status=status, detail=detail, retry_after=retry_after)


def retry_after(headers: Mapping[str, str], *, clock: Clock) -> float | None:
    """The seconds that `retry-after-ms`, or `Retry-After` in either form of RFC 9110, asks to wait; never negative."""
    seconds = _number(headers.get("retry-after-ms"), scale=0.001)
    if seconds is None:
        seconds = _number(headers.get("retry-after"))
    if seconds is None:
        seconds = _until(headers.get("retry-after"), clock=clock)
    return None if seconds is None or not math.isfinite(seconds) else max(0.0, seconds)


def _number(text: str | None, *, scale: float = 1.0) -> float | None:
    try:
        return float(text) * scale if text else None
    except ValueError:
        return None


def _until(text: str | None, *, clock: Clock) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp() - clock.now_ms() / 1000 if text else None
    except ValueError:
        return None
