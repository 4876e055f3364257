"""What runs by hand is in a task to whoever asks, and is cancelled as a task is."""

import asyncio
from collections.abc import Coroutine
from contextvars import ContextVar
from typing import Any

import anyio
import pytest

from ext_proc.transport.driving import Driven

MARK: ContextVar[str] = ContextVar("MARK", default="none")


class Run:
    """A driver, and an event for its end."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()
        self.driven = Driven(asyncio.get_running_loop(), self.ended.set)

    async def whole(self, coro: Coroutine[Any, Any, Any]) -> Any:
        """Runs to the end."""
        if not self.driven.start(coro):
            async with asyncio.timeout(10):
                await self.ended.wait()
        return self.driven.result()


async def test_what_does_not_wait_ends_at_once() -> None:
    """Without a turn of the loop; whoever started it is in its own task again."""

    async def work() -> int:
        return 7

    run, own = Run(), asyncio.current_task()
    assert run.driven.start(work())
    assert 7 == run.driven.result()
    assert own is asyncio.current_task()
    assert not run.ended.is_set()


async def test_what_waits_goes_on_when_that_is_done() -> None:
    """Be it a future, a bare yield, or a future that fails."""
    failing = asyncio.get_running_loop().create_future()
    failing.set_exception(ValueError("x"))

    async def work() -> str:
        await asyncio.sleep(0)
        with pytest.raises(ValueError, match="x"):
            await failing
        return await asyncio.wait_for(asyncio.sleep(0.001, "slept"), 5)

    assert "slept" == await Run().whole(work())


async def test_an_error_is_the_result() -> None:
    """Raised where the result is asked for."""

    async def work() -> None:
        await asyncio.sleep(0)
        raise KeyError("k")

    with pytest.raises(KeyError):
        await Run().whole(work())


async def test_what_is_no_future_is_an_error() -> None:
    """As with tasks."""

    class Odd:
        def __await__(self) -> Any:
            yield "odd"

    async def work() -> None:
        await Odd()

    with pytest.raises(RuntimeError, match="no future"):
        await Run().whole(work())


async def test_timeouts_and_groups_work() -> None:
    """They cancel the task that they are in, and take that back."""

    async def work() -> str:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.001):
                await asyncio.Event().wait()
        with pytest.raises(ExceptionGroup):
            await together()
        with anyio.move_on_after(0.001) as scope:
            await anyio.sleep_forever()
        assert scope.cancelled_caught
        task = asyncio.current_task()
        assert task is not None
        assert 0 == task.cancelling()
        return "done"

    async def together() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail())
            await asyncio.Event().wait()

    async def fail() -> None:
        raise ValueError

    assert "done" == await Run().whole(work())


async def test_cancelling_reaches_what_is_waited_for() -> None:
    """And the coroutine, which may clean up; what is shielded goes on."""
    inner = asyncio.get_running_loop().create_future()
    waited = asyncio.get_running_loop().create_future()
    seen: list[str] = []

    async def work() -> None:
        try:
            await waited
        except asyncio.CancelledError:
            seen.append("cancelled")
            await asyncio.sleep(0)
            raise

    run = Run()
    assert not run.driven.start(work())
    assert run.driven.cancel()
    await asyncio.wait_for(run.ended.wait(), 10)
    with pytest.raises(asyncio.CancelledError):
        run.driven.result()
    assert waited.cancelled()
    assert ["cancelled"] == seen
    run = Run()
    assert not run.driven.start(_shielded(inner))
    run.driven.cancel()
    await run.ended.wait()
    assert not inner.cancelled()


async def _shielded(inner: "asyncio.Future[None]") -> None:
    await asyncio.shield(inner)


async def test_cancelling_between_two_steps_is_not_lost() -> None:
    """A coroutine that waits for nothing is cancelled as soon as it goes on."""

    async def work() -> None:
        await asyncio.sleep(0)

    run = Run()
    assert not run.driven.start(work())
    assert run.driven.cancel()
    await asyncio.wait_for(run.ended.wait(), 10)
    with pytest.raises(asyncio.CancelledError):
        run.driven.result()
    assert not run.driven.cancel()


async def test_context_variables_are_the_streams_own() -> None:
    """What its first coroutine sets, its second sees, and nobody else."""

    async def begin() -> None:
        MARK.set("mine")

    async def look() -> str:
        await asyncio.sleep(0)
        return MARK.get()

    run = Run()
    await run.whole(begin())
    assert "mine" == await run.whole(look())
    assert "none" == MARK.get()


async def test_those_who_wait_for_the_end_of_the_task_hear_of_it() -> None:
    """When the stream is over."""
    run, heard = Run(), asyncio.Event()
    run.driven.add_done_callback(lambda _: heard.set())
    run.driven.add_done_callback(print)
    assert 1 == run.driven.remove_done_callback(print)
    run.driven.close()
    await asyncio.wait_for(heard.wait(), 10)
