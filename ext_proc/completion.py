"""Work that goes on to its end although whoever waits for it has gone."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


class Completion:
    """Holds what is under way. Each lasts as long as its own timeouts let it, and is not waited for when a process ends."""

    def __init__(self) -> None:
        self._work: set[asyncio.Task[object]] = set()

    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """What `work` returns or raises; it is not cancelled where the caller is."""

        async def whole() -> T:
            return await work()

        task = asyncio.create_task(whole())
        self._work.add(task)
        task.add_done_callback(self._work.discard)
        return await asyncio.shield(task)
