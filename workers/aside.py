"""Long waits inside a record's handling, for which it gives its slot away."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from contextvars import ContextVar

Giving = Callable[[], AbstractAsyncContextManager[None]]
"""Gives the slot away while the context is open, and has it back when that is left."""


class Aside:
    """Of one worker: between the crew, which has the slots, and whoever waits somewhere below a stage."""

    def __init__(self) -> None:
        self._giving: ContextVar[Giving | None] = ContextVar("giving", default=None)

    @contextmanager
    def of(self, giving: Giving) -> Iterator[None]:
        """What is awaited in this context may step aside."""
        token = self._giving.set(giving)
        try:
            yield
        finally:
            self._giving.reset(token)

    @asynccontextmanager
    async def stepped(self) -> AsyncIterator[None]:
        """Others are handled meanwhile. Outside of a record's handling it does nothing."""
        giving = self._giving.get()
        if giving is None:
            yield
            return
        async with giving():
            yield
