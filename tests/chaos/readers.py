"""Clients that follow answers as EventSource does: cut off at any byte, they come back with their last id."""

import asyncio
from dataclasses import dataclass, field
from random import Random

from local.system import System
from tests.chaos.asked import Query
from tests.fixtures.readers import Reader, target

OF_EACH = 2  # readers of one query
CUTS = (500, 5_000)  # bytes that a connection may bring, head included
PATIENCE = 240.0  # seconds for one answer


@dataclass(slots=True)
class Following:
    """One reader, and whom it reads for."""

    query: Query
    query_id: str
    reader: Reader


@dataclass(slots=True)
class Readers:
    """Every reader of a run, each a task of `tasks`.

    Attributes:
        share: Of the queries that are read at all.
        all: Who read what.
        odd: Refusals, and streams that did not end in time.
    """

    system: System
    tasks: asyncio.TaskGroup
    chance: Random
    share: float
    all: list[Following] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)

    def follow(self, query: Query) -> None:
        """Begins to read the stream of a query that was just accepted, unless chance leaves it unread."""
        if self.chance.random() > self.share:
            return
        query_id = query.accepted[0].query_id
        for _ in range(OF_EACH):
            reader = self._reader(query, query_id)
            self.all.append(Following(query, query_id, reader))
            self.tasks.create_task(self._read(reader))

    def _reader(self, query: Query, query_id: str) -> Reader:
        at = target(self.system, query_id, sub=query.caller.sub, tier=query.caller.tier)
        chance = Random(self.chance.random())
        return Reader(at=at, allowed=lambda: chance.randint(*CUTS), chance=chance)

    async def _read(self, reader: Reader) -> None:
        try:
            await asyncio.wait_for(reader.follow(), PATIENCE)
        except TimeoutError:
            self.odd.append(f"{reader.at.path} did not end within {PATIENCE:g} s; last id {reader.last!r}")
        except AssertionError as refused:
            self.odd.append(str(refused))
