"""The commits of one writer of transactions: one at a time, each to its end, and again while the group settles."""

import asyncio
from collections.abc import Awaitable, Callable

from bus.errors import BusUnavailable
from bus.records import Receipt

Attempt = Callable[[], Awaitable[list[Receipt]]]

AGAIN_SECONDS = 0.05  # between two attempts while the group rebalances


class StaleMember(Exception):
    """The group no longer knows the member as what it was when the transaction began."""


class Committing:
    """Callers queue.

    Args:
        name: Of the tasks, for whoever looks at them.
        patience: Seconds that the group may take to settle.
    """

    def __init__(self, *, name: str, patience: float) -> None:
        self._name = name
        self._patience = patience
        self._turn = asyncio.Lock()
        self._commits: set[asyncio.Task[list[Receipt]]] = set()

    async def run(self, attempt: Attempt) -> list[Receipt]:
        """What an attempt returns that met no `StaleMember`. A caller who leaves does not leave it half done.

        Raises:
            BusUnavailable: The group has not settled in time.
            Exception: Anything else that an attempt raises.
        """
        commit = asyncio.create_task(self._in_turn(attempt), name=self._name)
        self._commits.add(commit)
        commit.add_done_callback(self._finished)
        return await asyncio.shield(commit)

    async def finish(self) -> None:
        """Returns once none is under way."""
        if self._commits:
            await asyncio.wait(self._commits)

    async def _in_turn(self, attempt: Attempt) -> list[Receipt]:
        async with self._turn:
            deadline = asyncio.get_running_loop().time() + self._patience
            while True:
                try:
                    return await attempt()
                except StaleMember:
                    # What stays the member's can be committed once the group has settled.
                    if asyncio.get_running_loop().time() > deadline:
                        raise BusUnavailable(doing="rebalancing the group") from None
                await asyncio.sleep(AGAIN_SECONDS)

    def _finished(self, commit: asyncio.Task[list[Receipt]]) -> None:
        self._commits.discard(commit)
        if not commit.cancelled():
            commit.exception()  # seen: the caller may have left
