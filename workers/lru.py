"""A dictionary that forgets what was set longest ago."""

from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Lru(Generic[K, V]):
    """Holds at most `limit` values; past it the oldest goes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._values: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K) -> V | None:
        """The value, where it is still known."""
        return self._values.get(key)

    def set(self, key: K, value: V) -> None:
        """Makes it the newest."""
        self._values[key] = value
        self._values.move_to_end(key)
        if len(self._values) > self._limit:
            self._values.popitem(last=False)

    def drop(self, key: K) -> None:
        """Forgets a key, if it is known."""
        self._values.pop(key, None)

    def __len__(self) -> int:
        return len(self._values)
