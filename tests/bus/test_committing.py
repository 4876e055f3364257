"""Commits of one writer queue, run to their end, and wait for a group that settles."""

import asyncio

import pytest

from bus.committing import Committing, StaleMember
from bus.errors import BusUnavailable
from bus.records import Receipt


async def test_one_at_a_time() -> None:
    """The second begins once the first has ended."""
    committing = Committing(name="commit", patience=10)
    go, said = asyncio.Event(), list[str]()

    async def first() -> list[Receipt]:
        said.append("first begins")
        await go.wait()
        said.append("first ends")
        return []

    async def second() -> list[Receipt]:
        said.append("second")
        return []

    both = asyncio.gather(committing.run(first), committing.run(second))
    await asyncio.sleep(0)
    go.set()
    await both
    assert said == ["first begins", "first ends", "second"]


async def test_a_caller_who_leaves_does_not_end_it() -> None:
    """What was begun is finished, and `finish` waits for it."""
    committing = Committing(name="commit", patience=10)
    begun, go, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def attempt() -> list[Receipt]:
        begun.set()
        await go.wait()
        ended.set()
        return []

    caller = asyncio.create_task(committing.run(attempt))
    await begun.wait()
    caller.cancel()
    await asyncio.wait({caller})
    go.set()
    await committing.finish()
    assert ended.is_set()


async def test_it_waits_for_a_group_that_settles() -> None:
    """A member that is stale is tried again."""
    tries = iter([StaleMember(), StaleMember()])

    async def attempt() -> list[Receipt]:
        for stale in tries:
            raise stale
        return [Receipt(topic="t", partition=0, offset=1, timestamp=2)]

    assert [1] == [one.offset for one in await Committing(name="commit", patience=10).run(attempt)]


async def test_it_does_not_wait_for_ever() -> None:
    """Past its patience the commit has failed."""

    async def attempt() -> list[Receipt]:
        raise StaleMember

    with pytest.raises(BusUnavailable, match="rebalancing"):
        await Committing(name="commit", patience=0).run(attempt)
