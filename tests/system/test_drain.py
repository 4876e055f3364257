"""Results servers and processors are rolled, and Envoy is stopped, while answers are read."""

import asyncio
from collections import Counter
from collections.abc import Sequence

import pytest

from local.commands import ENVOY
from tests.fixtures.fleet import Fleet, paced
from tests.fixtures.readers import Reader, check_whole, target
from tests.fixtures.system import caller

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]

QUESTION = "What does the Lockkeepers' Company do when a lock gate leaks?"
TOKEN_DELAY = 0.1  # seconds: answers outlast restarts


async def asked(fleet: Fleet, streams: int) -> list[Reader]:
    """Readers of so many new questions, who have read nothing yet and are never cut."""

    async def ask(number: int) -> Reader:
        sub = f"patient-{number % 10}"
        async with caller(fleet.system, sub=sub, tier="enterprise") as client:
            query_id = await client.ask(QUESTION)
        return Reader(at=target(fleet.system, query_id, sub=sub, tier="enterprise"))

    return list(await asyncio.gather(*map(ask, range(streams))))


async def until(readers: Sequence[Reader], *, events: int) -> None:
    """Returns once each has had so many events."""
    async with asyncio.timeout(60):
        while any(len(reader.events) < events for reader in readers):  # noqa: ASYNC110  # a reader has no event for it
            await asyncio.sleep(0.02)


async def test_a_rolling_restart_is_not_seen(fleet: Fleet) -> None:
    """Each results server is restarted in turn under 100 streams: no error, no broken answer, and no text is lost.

    A stream ends in order, with `reconnect` or with its terminal event, or it goes on.
    """
    async with paced(fleet.system, token_delay=TOKEN_DELAY):
        readers = await asked(fleet, 100)
        async with asyncio.timeout(120), asyncio.TaskGroup() as group:
            for reader in readers:
                group.create_task(reader.follow())
            await until(readers, events=3)
            for name in fleet.results:
                await fleet.system.restart(name)
    for reader in readers:
        check_whole(reader.events)
    assert sum((reader.statuses for reader in readers), Counter()).keys() == {200}
    assert sum(reader.torn for reader in readers) == 0
    told = sum(event.name == "reconnect" for reader in readers for event in reader.events)
    assert told == sum(reader.statuses.total() - 1 for reader in readers)
    assert told > len(readers) / 2  # the servers were not restarted when all was over


async def test_a_stopped_envoy_loses_no_text(fleet: Fleet) -> None:
    """It lets streams go on for `edge.drain` seconds and then cuts what is left; behind the next one nothing is missing."""
    async with paced(fleet.system, token_delay=TOKEN_DELAY * 2):
        readers = await asked(fleet, 20)
        async with asyncio.timeout(120), asyncio.TaskGroup() as group:
            for reader in readers:
                group.create_task(reader.follow())
            await until(readers, events=3)
            await fleet.system.restart(ENVOY)
    for reader in readers:
        check_whole(reader.events)
    assert sum(reader.torn for reader in readers) > 0
