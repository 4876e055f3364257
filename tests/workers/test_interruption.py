"""Work that ends early when somebody calls, and only then."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from workers.interruption import Telling, interruptible


class Caller:
    """Whom the work listens to."""

    def __init__(self, *, calls_at_once: bool = False) -> None:
        self.calls: list[Callable[[], None]] = []
        self._at_once = calls_at_once

    @contextmanager
    def telling(self, call: Callable[[], None]) -> Iterator[None]:
        """As a `Telling`."""
        self.calls.append(call)
        if self._at_once:
            call()
        yield
        self.calls.remove(call)


async def work(telling: Telling, *, seconds: float) -> bool:
    """Waits, and says whether it was interrupted."""
    async with interruptible(telling) as interruption:
        await asyncio.sleep(seconds)
    return interruption.expired()


async def test_what_nobody_interrupts_ends_by_itself() -> None:
    """And listens no longer than it works."""
    caller = Caller()
    assert not await work(caller.telling, seconds=0)
    assert caller.calls == []


@pytest.mark.parametrize("times", [1, 2])
async def test_a_call_ends_it_wherever_it_waits(times: int) -> None:
    """However often it comes."""
    caller = Caller()
    working = asyncio.create_task(work(caller.telling, seconds=60))
    await asyncio.sleep(0)
    for _ in range(times):
        caller.calls[0]()
    assert await asyncio.wait_for(working, 1)


async def test_a_call_that_comes_at_once_counts() -> None:
    """The work ends where it first waits."""
    assert await asyncio.wait_for(work(Caller(calls_at_once=True).telling, seconds=60), 1)


async def test_a_call_while_it_ends_changes_nothing() -> None:
    """The one before is being heeded."""
    caller = Caller()

    async def slow_to_end() -> bool:
        async with interruptible(caller.telling) as interruption:
            try:
                await asyncio.sleep(60)
            finally:
                caller.calls[0]()
                await asyncio.sleep(0)
        return interruption.expired()

    working = asyncio.create_task(slow_to_end())
    await asyncio.sleep(0)
    caller.calls[0]()
    assert await asyncio.wait_for(working, 1)


async def test_another_cancellation_is_not_swallowed() -> None:
    """Whoever cancels the task means all of it."""
    working = asyncio.create_task(work(Caller().telling, seconds=60))
    await asyncio.sleep(0)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working


async def test_a_timeout_of_the_work_itself_is_its_own() -> None:
    """It is an error like any other."""
    with pytest.raises(TimeoutError, match="mine"):
        async with interruptible(Caller().telling):
            raise TimeoutError("mine")
