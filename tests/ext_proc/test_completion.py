"""Work that goes on to its end although whoever waits for it has gone."""

import asyncio

import pytest

from ext_proc.completion import Completion


async def test_it_gives_what_the_work_gives() -> None:
    """A value, or an error."""
    completion = Completion()

    async def fine() -> int:
        return 1

    async def failing() -> int:
        raise KeyError

    assert await completion.run(fine) == 1
    with pytest.raises(KeyError):
        await completion.run(failing)


async def test_work_outlives_who_waits_for_it() -> None:
    """Cancelling the one does not cancel the other."""
    begun, go, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        await go.wait()
        done.set()

    waiting = asyncio.create_task(Completion().run(work))
    await begun.wait()
    waiting.cancel()
    await asyncio.wait({waiting})
    assert waiting.cancelled()
    go.set()
    async with asyncio.timeout(5):
        await done.wait()
