"""Work that ends early when somebody calls."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager

Telling = Callable[[Callable[[], None]], AbstractContextManager[None]]
"""Given whom to call; calls as long as the context is open, and may do so more than once."""


@asynccontextmanager
async def interruptible(telling: Telling) -> AsyncIterator[asyncio.Timeout]:
    """The block is left at once, wherever it waits, when a call comes; `expired()` says afterwards whether one came.

    A call is a timeout that is due now: so the standard library answers for what else may happen in that moment,
    as another cancellation.
    """
    try:
        async with asyncio.timeout(None) as scope:
            with telling(lambda: None if scope.expired() else scope.reschedule(0)):
                yield scope
    except TimeoutError:
        if not scope.expired():
            raise
