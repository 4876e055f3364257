"""A few Kafka readers for everybody who resumes; never one for each of them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from bus.errors import BusUnavailable
from bus.ports import Bus, Reader
from ext_proc.results.errors import Busy

T = TypeVar("T")
Call = Callable[[Reader], Awaitable[T]]


@dataclass(slots=True)
class _Job:
    call: Call[Any]
    answer: asyncio.Future[Any]


class ReaderPool:
    """Runs calls on at most `readers` readers, first come first served.

    At most `waiting` calls wait; past that the caller is told to come back later.
    A caller that goes away leaves its read to finish: a reader is never interrupted in the middle of one.
    """

    def __init__(self, *, bus: Bus, readers: int, waiting: int) -> None:
        self._bus = bus
        self._readers = readers
        self._jobs: asyncio.Queue[_Job] = asyncio.Queue(maxsize=waiting)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["ReaderPool"]:
        """Works while the context is open. A reader is made when it is first needed."""
        async with asyncio.TaskGroup() as group:
            workers = [group.create_task(self._work()) for _ in range(self._readers)]
            try:
                yield self
            finally:
                for worker in workers:
                    worker.cancel()
                self._refuse_waiting()

    async def run(self, call: Call[T]) -> T:
        """What `call` returns, or raises, with a reader.

        Raises:
            Busy: Too many wait already.
            BusUnavailable: No reader could be made.
        """
        job = _Job(call, asyncio.get_running_loop().create_future())
        try:
            self._jobs.put_nowait(job)
        except asyncio.QueueFull:
            raise Busy(what="too many streams are being read from Kafka") from None
        answer: T = await job.answer
        return answer

    async def _work(self) -> None:
        async with AsyncExitStack() as stack:
            reader: Reader | None = None
            while True:
                job = await self._jobs.get()
                if job.answer.done():  # its caller went away while it waited
                    continue
                try:
                    if reader is None:
                        reader = await stack.enter_async_context(self._bus.reader())
                    _give(job, await job.call(reader))
                except asyncio.CancelledError:
                    job.answer.cancel()
                    raise
                except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to the caller
                    _fail(job, error)

    def _refuse_waiting(self) -> None:
        with suppress(asyncio.QueueEmpty):
            while True:
                _fail(self._jobs.get_nowait(), BusUnavailable(doing="stopping"))


def _give(job: _Job, result: object) -> None:
    if not job.answer.done():
        job.answer.set_result(result)


def _fail(job: _Job, error: Exception) -> None:
    if not job.answer.done():
        job.answer.set_exception(error)
