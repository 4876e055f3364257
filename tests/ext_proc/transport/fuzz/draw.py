"""Choices out of bytes: what a fuzzer flips is what a test draws."""

from typing import TypeVar

T = TypeVar("T")


class Draw:
    """Reads choices from a string of bytes; past its end every choice is the first."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def spent(self) -> bool:
        """Whether there is nothing left to choose by."""
        return self._at >= len(self._data)

    def byte(self) -> int:
        """0 to 255."""
        self._at += 1
        return self._data[self._at - 1] if self._at <= len(self._data) else 0

    def below(self, limit: int) -> int:
        """0 to `limit` - 1, for limits of up to 256."""
        return self.byte() % limit

    def number(self, size: int) -> int:
        """Any number of so many bytes."""
        return int.from_bytes(self.take(size).ljust(size, b"\0"), "big")

    def pick(self, *choices: T) -> T:
        """One of these."""
        return choices[self.below(len(choices))]

    def take(self, size: int) -> bytes:
        """So many bytes, or as many as are left."""
        taken = self._data[self._at : self._at + size]
        self._at += size
        return taken

    def some(self) -> bytes:
        """A short string of its own."""
        return self.take(self.byte())
