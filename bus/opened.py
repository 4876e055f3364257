"""Context managers over what a bus makes: open while they are entered, and closed whatever becomes of that."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol, TypeVar


class Closes(Protocol):
    """What is to be closed."""

    async def close(self) -> None:
        """Ends it."""


class Opens(Closes, Protocol):
    """What has to be opened before it works, and can be closed after any attempt at that."""

    async def open(self) -> None:
        """Makes it work."""


C = TypeVar("C", bound=Closes)
T = TypeVar("T", bound=Opens)


@asynccontextmanager
async def closed(make: Callable[[], C]) -> AsyncIterator[C]:
    """What `make` makes on entering, until it is left."""
    made = make()
    try:
        yield made
    finally:
        await made.close()


@asynccontextmanager
async def opened(make: Callable[[], T]) -> AsyncIterator[T]:
    """As `closed`, and open."""
    async with closed(make) as made:
        await made.open()
        yield made
