"""A listener is heard out, for as long as a rebalance may take; what it raises is told to whoever asks."""

import asyncio

import pytest

from bus.records import Partition
from bus.telling import tell

OURS = frozenset({Partition("t", 0)})


async def test_it_hears_what_changes() -> None:
    """And is awaited."""
    heard: list[frozenset[Partition]] = []

    async def hear(partitions: frozenset[Partition]) -> None:
        await asyncio.sleep(0)
        heard.append(partitions)

    await tell(hear, OURS, patience=10, failed=lambda _: None)
    assert heard == [OURS]


async def test_one_that_takes_too_long_is_left(caplog: pytest.LogCaptureFixture) -> None:
    """The log says so; nobody is told of an error."""
    failures: list[BaseException] = []

    async def hear(_: frozenset[Partition]) -> None:
        await asyncio.Event().wait()

    await tell(hear, OURS, patience=0.01, failed=failures.append)
    assert failures == []
    assert "without its listener" in caplog.text


async def test_what_it_raises_is_told() -> None:
    """And not raised here: the group is not held up."""
    failures: list[BaseException] = []

    async def hear(_: frozenset[Partition]) -> None:
        raise KeyError

    await tell(hear, OURS, patience=10, failed=failures.append)
    assert [KeyError] == [type(failure) for failure in failures]
