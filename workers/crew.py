"""The records in work, each with a task of its own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from bus.records import Partition, Received
from workers.aside import Aside
from workers.outbox import Rest
from workers.slots import Slots


class Handle(Protocol):
    """Answers for one record."""

    def __call__(self, record: Received, *, rest: Rest) -> Awaitable[None]:
        """As `Handler.handle`."""


@dataclass(eq=False, slots=True)
class _Work:
    record: Received
    task: asyncio.Task[None] | None = None
    resting: bool = False
    finished: bool = False


class Crew:
    """Handles records at the same time, never more than `size`; those that rest between two tries do not count.

    Args:
        tasks: Owns the tasks: an error in one ends the group, and so the worker.
        handle: Answers for one record.
        size: How many at once.
        ended: Hears of each record that is out of work, and whether it was finished.
        freed: Hears that a slot is free.
        aside: Lets what is handled give its slot away while it waits long.
    """

    def __init__(
        self,
        tasks: asyncio.TaskGroup,
        *,
        handle: Handle,
        size: int,
        ended: Callable[[Received, bool], None],
        freed: Callable[[], None],
        aside: Aside,
    ) -> None:
        self._tasks = tasks
        self._handle = handle
        self._slots = Slots(size)
        self._ended = ended
        self._freed = freed
        self._aside = aside
        self._works: set[_Work] = set()
        self._leaving: set[Partition] = set()

    @property
    def count(self) -> int:
        """Records in work, those that rest included."""
        return len(self._works)

    def ready(self) -> bool:
        """Takes the slot for the next `start`, where one is free."""
        return self._slots.take()

    def unready(self) -> None:
        """Gives that slot back unused."""
        self._slots.give()

    def squeeze(self) -> None:
        """Takes a slot for the next `start` that may not be there: for what has very little to do."""
        self._slots.seize()

    def start(self, record: Received) -> None:
        """Begins with a record, in the slot that `ready` or `squeeze` has taken."""
        work = _Work(record)
        self._works.add(work)
        work.task = self._tasks.create_task(self._run(work))
        work.task.add_done_callback(lambda _: self._end(work))

    async def leave(self, partitions: Collection[Partition], *, within: float) -> None:
        """Returns when nothing of these partitions is in work: finished, or after `within` seconds abandoned."""
        self._leaving |= set(partitions)
        try:
            works = {work.task: work for work in self._works if work.record.at in partitions and work.task}
            for task, work in works.items():
                if work.resting:
                    task.cancel()
            await _ended(works, within)
        finally:
            self._leaving -= set(partitions)

    async def _run(self, work: _Work) -> None:
        with self._aside.of(partial(self._away, work)):
            await self._handle(work.record, rest=lambda seconds: self._rest(work, seconds))
        work.finished = True

    async def _rest(self, work: _Work, seconds: float) -> None:
        async with self._away(work):
            await asyncio.sleep(seconds)

    @asynccontextmanager
    async def _away(self, work: _Work) -> AsyncIterator[None]:
        """The record's slot is another's meanwhile."""
        if work.record.at in self._leaving:
            raise asyncio.CancelledError  # it would rest beyond the time that is left; its next owner tries again
        work.resting = True
        self._slots.give()
        self._freed()
        try:
            yield
            await self._slots.retake()
        except BaseException:
            self._slots.seize()  # it was called off and ends now, or its partition leaves
            raise
        finally:
            work.resting = False

    def _end(self, work: _Work) -> None:
        self._works.discard(work)
        self._slots.give()
        self._ended(work.record, work.finished)
        self._freed()


async def _ended(tasks: Collection[asyncio.Task[None]], within: float) -> None:
    if tasks:
        _, late = await asyncio.wait(tasks, timeout=within)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)
