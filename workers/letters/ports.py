"""What settling dead letters needs of the bus."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from bus.ports import Reader
from bus.records import Receipt, Record


class Transactions(Protocol):
    """As `bus.ports.Transactions`, without offsets."""

    async def commit(self, records: Sequence[Record]) -> Sequence[Receipt]:
        """Writes all of them or none."""


class LettersBus(Protocol):
    """As `bus.ports.Bus`."""

    def reader(self) -> AbstractAsyncContextManager[Reader]:
        """A reader, which sees only what is decided."""

    def transactions(self, *, name: str) -> AbstractAsyncContextManager[Transactions]:
        """Whoever enters the same name later ends what this one may do."""
