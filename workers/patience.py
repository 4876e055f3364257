"""Questions to Kafka at start, which wait for it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bus.errors import BusUnavailable
from workers.retry import Backoff

_log = logging.getLogger("sluice.workers")

T = TypeVar("T")


async def until_answered(ask: Callable[[], Awaitable[T]], *, backoff: Backoff) -> T:
    """Asks until a broker answers, however long that takes."""
    attempt = 0
    while True:
        try:
            return await ask()
        except BusUnavailable as error:
            attempt += 1
            if attempt == 1:
                _log.warning("waiting for Kafka", extra={"why": str(error)})
            await asyncio.sleep(backoff.seconds(attempt))
