"""What was made lately out of something, so that it need not be made again."""

from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """At most `limit` values by their keys; past that, the one that was put in first is forgotten."""

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._values: dict[K, V] = {}
        self.get = self._values.get

    def put(self, key: K, value: V) -> V:
        """Keeps the value, and returns it."""
        if len(self._values) >= self._limit and key not in self._values:
            del self._values[next(iter(self._values))]
        self._values[key] = value
        return value
