"""How much of what was read may be on its way; whoever reads waits here, and so does in the end the client's socket."""

import asyncio
from collections import deque


class Room:
    """What one upload may hold: lines that were read and whose receipts its client has not taken yet.

    Past either bound nothing more is read. One line always has room, however long it is.
    """

    def __init__(self, *, lines: int, size: int) -> None:
        self._lines, self._size = lines, size
        self._held_lines = self._held_size = 0
        self._freed = asyncio.Event()

    @property
    def full(self) -> bool:
        """Whether the next line has to wait."""
        return self._held_lines >= self._lines or self._held_size >= self._size

    def take(self, size: int) -> None:
        """One more line is here."""
        self._held_lines += 1
        self._held_size += size

    def give(self, lines: int, size: int) -> None:
        """The client has so much less to take."""
        self._held_lines -= lines
        self._held_size -= size
        self._freed.set()

    async def free(self) -> None:
        """Returns once it is not full."""
        while self.full:
            self._freed.clear()
            await self._freed.wait()


class Places:
    """Records of all uploads of a process that are on their way to the log: others, which come alone, need the rest.

    Those who wait are served in turn.
    """

    def __init__(self, limit: int) -> None:
        self._free = limit
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def take(self) -> None:
        """Returns with a place."""
        while self._free <= 0:
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn in self._waiting:
                    self._waiting.remove(turn)
                self._wake()
                raise
        self._free -= 1

    def give(self, count: int) -> None:
        """So many places are free again."""
        self._free += count
        self._wake(count)

    def _wake(self, count: int = 1) -> None:
        while count > 0 and self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                count -= 1
