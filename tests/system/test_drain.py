"""Results servers are rolled, and Envoy is stopped, while answers are read."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from local.commands import ENVOY
from tests.fixtures.author import author
from tests.fixtures.fleet import Fleet
from tests.fixtures.readers import Reader, check_whole, target

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]


@asynccontextmanager
async def reading(fleet: Fleet, *, streams: int) -> AsyncIterator[Sequence[Reader]]:
    """So many readers of streams that are written while the context is open; at its end each has had the whole."""
    over = asyncio.Event()
    async with asyncio.timeout(150), author(fleet.system) as writing:
        stories = [writing.story(sub=f"patient-{number % 10}") for number in range(streams)]
        readers = [
            Reader(at=target(fleet.system, story.query_id, sub=story.sub, tier="enterprise")) for story in stories
        ]
        async with asyncio.TaskGroup() as group:
            group.create_task(writing.tell_all(stories, until=over))
            for reader in readers:
                group.create_task(reader.follow())
            await _all_have(readers, events=3)
            yield readers
            over.set()
    for reader in readers:
        check_whole(reader.events)


async def _all_have(readers: Sequence[Reader], *, events: int) -> None:
    while any(len(reader.events) < events for reader in readers):  # noqa: ASYNC110  # a reader has no event for it
        await asyncio.sleep(0.02)


async def test_a_rolling_restart_is_not_seen(fleet: Fleet) -> None:
    """Each results server is restarted in turn under 100 streams: no error, no broken answer, and no text is lost.

    Whoever was on it is told to come back, and the answer ends in order.
    """
    async with reading(fleet, streams=100) as readers:
        for name in fleet.results:
            await fleet.system.restart(name)
    assert sum((reader.statuses for reader in readers), Counter()).keys() == {200}
    assert sum(reader.torn for reader in readers) == 0
    told = sum(event.name == "reconnect" for reader in readers for event in reader.events)
    assert told == sum(reader.statuses.total() - 1 for reader in readers)
    assert told >= len(readers)


async def test_a_stopped_envoy_loses_no_text(fleet: Fleet) -> None:
    """It lets streams go on for `edge.drain` seconds and then cuts what is left; behind the next one nothing is missing."""
    async with reading(fleet, streams=20) as readers:
        await fleet.system.restart(ENVOY)
    assert sum(reader.torn for reader in readers) == len(readers)
