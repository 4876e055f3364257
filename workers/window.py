"""How much a worker reads ahead: as much as tiers can well take turns in, and no more than memory has room for."""

from typing import Protocol

SHARE = 16  # a bound that was reached has room again once so small a share of it is free: one pause serves many records


class Waiting(Protocol):
    """What is bounded, as `workers.backlog.Backlog`."""

    @property
    def bytes(self) -> int:
        """What it takes in memory, about."""

    def __len__(self) -> int:
        """Records."""


class Window:
    """Two bounds on what waits, of which the first that is reached counts. The last batch may go past them."""

    def __init__(self, *, records: int, size: int) -> None:
        self._records = records
        self._bytes = size

    def is_full(self, waiting: Waiting) -> bool:
        """Nothing more is to be read."""
        return len(waiting) >= self._records or waiting.bytes >= self._bytes

    def has_room(self, waiting: Waiting) -> bool:
        """What was full may be filled again."""
        return len(waiting) <= _below(self._records) and waiting.bytes <= _below(self._bytes)


def _below(bound: int) -> int:
    return bound - max(1, bound // SHARE)
