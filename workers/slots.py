"""How many records are handled at once. A record that rests between two tries gives its slot to another."""

import asyncio
from collections import deque


class Slots:
    """Who comes back from a rest is served before what has not begun."""

    def __init__(self, size: int) -> None:
        self._free = size
        self._returning: deque[asyncio.Future[None]] = deque()  # bounded by what the loop takes on

    def take(self) -> bool:
        """Takes a slot where one is free."""
        if self._free <= 0:
            return False
        self._free -= 1
        return True

    async def retake(self) -> None:
        """Takes a slot as soon as one is free, in order."""
        if self.take():
            return
        turn = asyncio.get_running_loop().create_future()
        self._returning.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give()  # it was handed over in the same moment
            raise

    def seize(self) -> None:
        """Takes a slot that may not be there: for what has so little left to do that waiting would take longer."""
        self._free -= 1

    def give(self) -> None:
        """Gives a slot back, or on."""
        if self._free < 0:
            self._free += 1
            return
        while self._returning:
            turn = self._returning.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
