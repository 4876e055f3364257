"""Writes the receipts of an upload as its client takes them, and makes room by that."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol

from ext_proc.bulk import ending
from ext_proc.bulk.ending import Cause
from ext_proc.bulk.entry import Entry
from ext_proc.bulk.room import Room
from ext_proc.bulk.tally import Tally


class Sink(Protocol):
    """Where the receipts go."""

    async def write(self, data: bytes) -> None:
        """Returns once there is room for more.

        Raises:
            ConnectionError: The client has gone.
        """


class Outlet:
    """What is put in is bounded by the room that it takes. A client that takes nothing for `idle` seconds has gone.

    `left` hears of one that has gone, and why; for that one everything is thrown away.
    """

    def __init__(self, *, room: Room, tally: Tally, idle: float, left: Callable[[Cause], None]) -> None:
        self._room = room
        self._tally = tally
        self._idle = idle
        self._left = left
        self._settled: list[Entry] = []
        self._over = False
        self._news = asyncio.Event()
        self.gone = False

    def put(self, batch: Sequence[Entry]) -> None:
        """The next entries, each with its receipt."""
        self._settled.extend(batch)
        self._news.set()

    def end(self) -> None:
        """Nothing more will come."""
        self._over = True
        self._news.set()

    async def run(self, sink: Sink) -> None:
        """Returns once everything is written."""
        while True:
            while not self._settled:
                if self._over:
                    return
                self._news.clear()
                await self._news.wait()
            batch, self._settled = self._settled, []
            await self._deliver(sink, batch)
            self._room.give(len(batch), sum(entry.size for entry in batch))

    async def _deliver(self, sink: Sink, batch: Sequence[Entry]) -> None:
        self._tally.settled(Counter(entry.status for entry in batch if entry.status))
        receipts = [entry.receipt for entry in batch if entry.receipt]
        if self.gone or not receipts:
            return
        try:
            async with asyncio.timeout(self._idle):
                await sink.write(b"\n".join((*receipts, b"")))
        except ConnectionError:
            self._leave(ending.BROKEN)
        except TimeoutError:
            self._leave(ending.idle(self._idle))

    def _leave(self, cause: Cause) -> None:
        self.gone = True
        self._left(cause)
