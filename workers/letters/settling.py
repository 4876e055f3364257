"""Goes through the letters that are meant, and settles one after the other."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from bus.errors import DeliveryFailed
from bus.records import Record
from workers.letters.desk import Desk
from workers.letters.errors import Unwanted
from workers.letters.letter import Letter
from workers.letters.pace import Pace
from workers.letters.revival import Revival
from workers.letters.selection import Selection
from workers.letters.shelf import Shelf
from workers.letters.successors import Successors

PAGE = 200  # letters at once

Say = Callable[[str], None]


@dataclass(slots=True)
class Tally:
    """What has become of them."""

    settled: int = 0
    left: int = 0


class Redrive:
    """Writes letters back to where they came from. What cannot be is said, and left where it is."""

    def __init__(
        self,
        shelf: Shelf,
        *,
        revival: Revival,
        successors: Successors,
        pace: Pace,
        say: Say,
        stopped: Callable[[], bool],
    ) -> None:
        self._shelf = shelf
        self._revival = revival
        self._successors = successors
        self._pace = pace
        self._say = say
        self._stopped = stopped
        self.tally = Tally()

    async def run(self, selection: Selection, *, desk: Desk | None) -> None:
        """Redrives what is meant; without a desk it only says what it would do.

        Raises:
            LettersError: Nothing more can be settled now.
            BusError: As above.
        """
        async for page in _pages(self._shelf, selection, desk):
            self._successors.expect(page)
            for letter in page:
                if self._stopped():
                    return
                await self._one(letter, desk)

    async def _one(self, letter: Letter, desk: Desk | None) -> None:
        try:
            record = await self._revival.record(letter)
            if desk is not None:
                await self._pace.turn()
                if self._stopped():
                    return
                record = await self._revival.record(letter)  # something newer may have come while it waited
            where = await self._written(letter, record, desk)
        except Unwanted as error:
            self._left(letter, str(error))
        except DeliveryFailed as error:
            if error.retriable:
                raise
            self._left(letter, f"Kafka refuses it: {error.reason}")
        else:
            self.tally.settled += 1
            self._say(f"{letter.place} {where}")

    async def _written(self, letter: Letter, record: Record, desk: Desk | None) -> str:
        if desk is None:
            return f"would be redriven to {record.topic}"
        (receipt,) = await desk.settle([letter], "redriven", with_=[record])
        return f"redriven to {receipt.topic} {receipt.partition}:{receipt.offset}"

    def _left(self, letter: Letter, why: str) -> None:
        self.tally.left += 1
        self._say(f"{letter.place} left: {why}")


class Drop:
    """Marks letters as settled; they stay in the topic for as long as it keeps them."""

    def __init__(self, shelf: Shelf, *, say: Say, stopped: Callable[[], bool]) -> None:
        self._shelf = shelf
        self._say = say
        self._stopped = stopped
        self.tally = Tally()

    async def run(self, selection: Selection, *, desk: Desk | None) -> None:
        """As `Redrive.run`."""
        async for page in _pages(self._shelf, selection, desk):
            if self._stopped():
                return
            if desk is not None:
                await desk.settle(page, "dropped")
            for letter in page:
                self.tally.settled += 1
                self._say(f"{letter.place} {'would be ' if desk is None else ''}dropped")


async def _pages(shelf: Shelf, selection: Selection, desk: Desk | None) -> AsyncIterator[Sequence[Letter]]:
    for partition in range(await shelf.partitions()):
        if not selection.covers(partition) or not await _any(shelf, partition, selection):
            continue
        # What comes after this offset, be it a letter that dies once more, is not of this run.
        end = await (shelf.end(partition) if desk is None else desk.open(partition))
        page: list[Letter] = []
        async for letter in shelf.letters(partition, selection, end=end):
            page.append(letter)
            if len(page) == PAGE:
                yield page
                page = []
        if page:
            yield page


async def _any(shelf: Shelf, partition: int, selection: Selection) -> bool:
    letters = shelf.letters(partition, selection, end=await shelf.end(partition))
    return await anext(letters, None) is not None
