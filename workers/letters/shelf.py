"""Reads the dead letters, page by page: a topic of any length takes no more memory than a short one."""

from collections.abc import AsyncIterator

from bus.ports import Reader
from bus.records import Partition
from schemas.signature import Signer
from workers.letters.errors import NoSuchLetter
from workers.letters.letter import Letter, letter_of
from workers.letters.place import Place
from workers.letters.selection import Selection
from workers.letters.settled import SettledLetters
from workers.scan import scan
from workers.topics import DEAD_LETTERS


class Shelf:
    """What lies in `rag.dead-letters`. Everything raises `BusUnavailable` where no broker answers."""

    def __init__(self, reader: Reader, *, signer: Signer) -> None:
        self._reader = reader
        self._signer = signer

    async def partitions(self) -> int:
        """How many there are."""
        return await self._reader.partitions(DEAD_LETTERS)

    async def end(self, partition: int) -> int:
        """The end of a partition now."""
        return (await self._reader.bounds(Partition(DEAD_LETTERS, partition))).end

    async def all(self, selection: Selection) -> AsyncIterator[Letter]:
        """The letters that are meant and not settled, partition by partition, the oldest first."""
        for partition in range(await self.partitions()):
            if selection.covers(partition):
                async for letter in self.letters(partition, selection, end=await self.end(partition)):
                    yield letter

    async def letters(self, partition: int, selection: Selection, *, end: int) -> AsyncIterator[Letter]:
        """Those of one partition that lie before `end`."""
        at = Partition(DEAD_LETTERS, partition)
        bounds = await self._reader.bounds(at)
        settled = SettledLetters(partition=partition, start=bounds.earliest, end=end, signer=self._signer)
        async for record in scan(self._reader, at, start=bounds.earliest, end=end):
            settled.learn(record)
        async for record in scan(self._reader, at, start=bounds.earliest, end=end):
            letter = letter_of(record)
            if letter and record.offset not in settled and selection.meets(letter):
                yield letter

    async def letter(self, place: Place) -> tuple[Letter, bool]:
        """The letter at a place, and whether it is settled.

        Raises:
            NoSuchLetter: There is none.
        """
        if place.partition >= await self.partitions():
            raise NoSuchLetter(place)
        at, found = Partition(DEAD_LETTERS, place.partition), None
        bounds = await self._reader.bounds(at)
        settled = SettledLetters(partition=place.partition, start=bounds.earliest, end=bounds.end, signer=self._signer)
        async for record in scan(self._reader, at, start=max(place.offset, bounds.earliest), end=bounds.end):
            found = letter_of(record) if record.offset == place.offset else found
            settled.learn(record)
        if found is None:
            raise NoSuchLetter(place)
        return found, place.offset in settled
