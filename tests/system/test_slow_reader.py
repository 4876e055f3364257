"""Readers who stop reading at full output: neither memory nor anybody else notices."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from bench.processes import memory
from demo.client import Event
from local.commands import ENVOY
from local.system import System
from tests.fixtures.author import Author, Story, author
from tests.fixtures.fleet import Fleet
from tests.fixtures.readers import Connection, Reader, Target, check_whole, target
from tests.fixtures.system import metric

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

SECONDS = 30.0  # that the slow ones read nothing
RATE = 600.0  # events a second to the stream that is written at full speed
LARGE_RATE = 20.0  # 600 events of 8 kB in all: more bytes than anybody may buffer, and too few events to be cut for
EACH_RATE = 10.0  # to each of the others
OTHERS = 20
WARM_SECONDS = 5.0  # after which the results servers hold as many recent events as they may
SAMPLE_SECONDS = 0.5
RECEIVE_BUFFER = 4096

# Were it kept for the one who does not read, Envoy or a results server would grow by 18 MB.
MARGIN = 12.0  # MB


@dataclass(slots=True)
class Told:
    """A stream, and every piece of text that was written to it."""

    story: Story
    pieces: list[str] = field(default_factory=list)

    async def tell(self, writing: Author, *, rate: float, seconds: float, size: int) -> None:
        """Numbered pieces of some size, evenly."""
        loop, numbers = asyncio.get_running_loop(), range(round(rate * seconds))
        start, sent = loop.time(), []
        for number in numbers:
            await asyncio.sleep(start + number / rate - loop.time())
            self.pieces.append(f"{number} ".ljust(size, "."))
            sent.append(asyncio.ensure_future(writing.tell(self.story, self.pieces[-1])))
        await asyncio.gather(*sent)

    async def end(self, writing: Author) -> None:
        """Takes all back, so that the result stays small."""
        await writing.begin_again(self.story)
        await writing.tell(self.story, "The end.")
        await writing.end(self.story, "The end.")
        self.pieces.append("The end.")

    def check(self, events: Sequence[Event]) -> None:
        """All that was written is there, once."""
        check_whole(events)
        assert [event.data["text"] for event in events if event.name == "delta"] == self.pieces


async def test_a_reader_who_stops_costs_nothing(fleet: Fleet) -> None:
    """For 30 s two read nothing, one so far behind that it is cut: both then get their rest, and all others miss nothing."""
    system = fleet.system
    async with asyncio.timeout(200), author(system) as writing:
        fast, large, *others = [Told(writing.story(sub=f"reader-{number}")) for number in range(2 + OTHERS)]
        warm = Told(writing.story(sub="nobody"))
        await asyncio.gather(*(told.tell(writing, rate=1, seconds=1, size=10) for told in (fast, large, *others)))
        awake = [Reader(at=_at(system, told)) for told in others]
        async with asyncio.TaskGroup() as group:
            for reader in awake:
                group.create_task(reader.follow())
            await warm.tell(writing, rate=RATE, seconds=WARM_SECONDS, size=1024)
            events = await _while_deaf(system, writing, fast, large, others)
    for told, reader in zip(others, awake, strict=True):
        told.check(reader.events)
        assert (reader.statuses, reader.torn) == ({200: 1}, 0)
    fast.check(events[0])
    large.check(events[1])


async def _while_deaf(
    system: System, writing: Author, fast: Told, large: Told, others: Sequence[Told]
) -> tuple[list[Event], list[Event]]:
    cut_before = await _cut(system)
    async with (
        Connection(_at(system, fast), receive_buffer=RECEIVE_BUFFER) as to_fast,
        Connection(_at(system, large), receive_buffer=RECEIVE_BUFFER) as to_large,
    ):
        first, second = await _first(to_fast), await _first(to_large)
        before = _weights(system)
        telling = asyncio.gather(
            fast.tell(writing, rate=RATE, seconds=SECONDS, size=1024),
            large.tell(writing, rate=LARGE_RATE, seconds=SECONDS, size=8192),
            *(told.tell(writing, rate=EACH_RATE, seconds=SECONDS, size=200) for told in others),
        )
        peak = await _peak(system, telling)
        grown = {name: peak[name] - before[name] for name in peak}
        assert max(grown.values()) < MARGIN, grown
        assert await _cut(system) - cut_before == 1
        await asyncio.gather(*(told.end(writing) for told in (fast, large, *others)))
        first += await to_fast.to_end()
        second += await to_large.to_end()
    assert (to_fast.answer.whole, to_large.answer.whole) == (False, True)
    again = Reader(at=_at(system, fast), events=first)
    await again.follow()
    return again.events, second


def _at(system: System, told: Told) -> Target:
    return target(system, told.story.query_id, sub=told.story.sub, tier="enterprise")


async def _first(connection: Connection) -> list[Event]:
    """Reads until there is an event, and no further."""
    events: list[Event] = []
    while not events:
        events += connection.feed(await connection.read(512))
    return events


async def _cut(system: System) -> float:
    """How many readers have been cut for being slow."""
    names = [name for name in system.names if name.startswith("results")]
    return sum([await metric(system, name, "gateway_slow_readers_total") for name in names])


def _weights(system: System) -> Mapping[str, float]:
    """What Envoy and each results server hold, in MB."""
    names = [ENVOY, *(name for name in system.names if name.startswith("results"))]
    return {name: memory(system.pid(name) or 0).resident for name in names}


async def _peak(system: System, work: asyncio.Future[list[None]]) -> Mapping[str, float]:
    """The most that each holds at any time until the work is done."""
    peak = dict(_weights(system))
    while not work.done():
        await asyncio.sleep(SAMPLE_SECONDS)
        peak = {name: max(peak[name], weight) for name, weight in _weights(system).items()}
    await work
    return peak
