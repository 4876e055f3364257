"""What no results server remembers comes out of Kafka, through a few readers for everybody."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from random import Random

import psutil
import pytest

from local.system import System
from tests.fixtures.author import Author, Story, author
from tests.fixtures.fleet import Fleet
from tests.fixtures.readers import Reader, check_whole, target
from tests.fixtures.system import metric

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

SEED = 7
CLIENTS = 300
PIECES = 10
CONNECTIONS = 2  # that one reader of Kafka may have: to the address that it was given, and to the broker that it found


async def test_three_hundred_resume_from_kafka(fleet: Fleet) -> None:
    """All come back at once to servers that remember nothing: each gets its rest, and Kafka sees a handful of readers."""
    system = fleet.system
    async with asyncio.timeout(150):
        async with author(system) as writing:
            stories = [writing.story(sub=f"late-{number % 30}") for number in range(CLIENTS)]
            await asyncio.gather(*(_written(writing, story) for story in stories))
        readers = [_reader(system, story, number) for number, story in enumerate(stories)]
        await asyncio.gather(*(reader.once() for reader in readers))
        await _restarted(fleet, memory=1)
        try:
            await _resume(fleet, readers)
        finally:
            await _restarted(fleet)


async def _resume(fleet: Fleet, readers: Sequence[Reader]) -> None:
    idle = _connections(fleet)
    async with asyncio.TaskGroup() as group:
        following = [group.create_task(reader.follow()) for reader in readers]
        most = await _most(lambda: _connections(fleet), following)
    for reader in readers:
        check_whole(reader.events)
    readers_of_kafka = fleet.system.gateway.results.readers
    for name in fleet.results:
        assert most[name] - idle[name] <= readers_of_kafka * CONNECTIONS, (idle, most)
    replays = [await metric(fleet.system, name, "gateway_replays_total") for name in fleet.results]
    assert sum(replays) >= CLIENTS


async def _written(writing: Author, story: Story) -> None:
    pieces = [f"{number} of {story.query_id}, " for number in range(PIECES)]
    for piece in pieces:
        await writing.tell(story, piece)
    await writing.end(story, "".join(pieces))


def _reader(system: System, story: Story, number: int) -> Reader:
    """One that is cut once, somewhere in the middle, and then reads to the end."""
    chance = Random(f"{SEED}.{number}")
    allowed = iter([chance.randint(1, PIECES * 120)])
    at = target(system, story.query_id, sub=story.sub, tier="enterprise")
    return Reader(at=at, allowed=lambda: next(allowed, 2**62), chance=chance)


async def _restarted(fleet: Fleet, **declared: int) -> None:
    fleet.declare(**declared)
    await asyncio.gather(*map(fleet.system.restart, fleet.results))


def _connections(fleet: Fleet) -> Mapping[str, int]:
    """How many connections to Kafka each results server has."""
    port = fleet.system.kafka.port
    return {name: _to(port, fleet.system.pid(name) or 0) for name in fleet.results}


def _to(port: int, pid: int) -> int:
    open_ones = psutil.Process(pid).net_connections(kind="tcp")
    return sum(bool(one.raddr) and one.raddr.port == port for one in open_ones)


async def _most(count: Callable[[], Mapping[str, int]], work: Sequence[asyncio.Task[None]]) -> Mapping[str, int]:
    """The highest count of each while there is work."""
    most = dict(count())
    while any(not task.done() for task in work):
        now = count()
        most = {name: max(most[name], now[name]) for name in most}
        await asyncio.sleep(0.02)
    return most
