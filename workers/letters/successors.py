"""Whether a newer version of a record is on its topic: then the old one must not be written after it."""

from collections.abc import Iterable

from bus.ports import Reader
from bus.records import Partition
from workers.letters.letter import Letter
from workers.scan import scan

_Name = tuple[Partition, bytes]


class Successors:
    """Knows the letters that `expect` names, and reads their topics once for all of them, then what is added."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._next: dict[Partition, int] = {}
        self._newest: dict[_Name, int] = {}  # bounded by what is expected

    def expect(self, letters: Iterable[Letter]) -> None:
        """These will be asked for, and those of before no more."""
        self._next.clear()
        self._newest.clear()
        for letter in letters:
            if letter.origin is not None:
                self._newest[letter.origin, letter.record.key or b""] = -1
                start = letter.offset + 1
                self._next[letter.origin] = min(start, self._next.get(letter.origin, start))

    async def has(self, letter: Letter) -> bool:
        """Whether something newer with the letter's key is there now.

        Raises:
            BusUnavailable: No broker answered.
        """
        if letter.origin is None:
            return False
        await self._read_on(letter.origin)
        return self._newest[letter.origin, letter.record.key or b""] > letter.offset

    async def _read_on(self, at: Partition) -> None:
        bounds = await self._reader.bounds(at)
        start = max(self._next[at], bounds.earliest)
        async for record in scan(self._reader, at, start=start, end=bounds.end):
            name = (at, record.key or b"")
            if name in self._newest:
                self._newest[name] = record.offset
        self._next[at] = max(start, bounds.end)
