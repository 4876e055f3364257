"""What a provider's refusal means, in one table for every provider."""

import logging
import math
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from runtime.clock import Clock
from workers.errors import ModelRejected, ModelSpent, ModelUnavailable, ModelUnusable

_log = logging.getLogger("sluice.workers")

# These blame the input, and the same input would meet the same answer; those only blame the moment.
# Any other 4xx blames what every input has in common, which is our key and our configuration.
_INPUT = frozenset({400, 413, 422})
_PASSING = frozenset({408, 409, 425, 429})

Failure = ModelRejected | ModelSpent | ModelUnavailable | ModelUnusable

_LONGEST_DETAIL = 300


def failure(
    *,
    provider: str,
    status: int,
    detail: str,
    retry_after: float | None = None,
    spent: bool = False,
    begun: bool = False,
) -> Failure:
    """The error to raise for an HTTP status.

    Args:
        provider: Who answered, as it is named in metrics.
        status: What it answered.
        detail: What it said; cut to a line's length.
        retry_after: Seconds, where it said when to come back.
        spent: It said that a spending limit is reached, whatever the status.
        begun: It had begun to answer.
    """
    detail = detail[:_LONGEST_DETAIL]
    if spent:
        return ModelSpent(provider=provider, status=status, detail=detail)
    if status in _INPUT:
        return ModelRejected(provider=provider, status=status, detail=detail)
    if 400 <= status < 500 and status not in _PASSING:
        _log.error(
            "the provider refuses our key or configuration; what needs it waits until that is mended",
            extra={"provider": provider, "status": status, "detail": detail},
        )
        return ModelUnusable(provider=provider, status=status, detail=detail)
    return ModelUnavailable(provider=provider, status=status, detail=detail, retry_after=retry_after, begun=begun)


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
