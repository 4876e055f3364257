"""Everything at once: readers cut at any byte, while every kind of process is killed and Kafka is restarted."""

import asyncio
import os
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from random import Random

import pytest

from demo.questions import FACTS
from tests.fixtures.fleet import Fleet, paced
from tests.fixtures.readers import Reader, check_whole, status_after, target, written_places
from tests.fixtures.system import caller, records

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

SEED = 4
STREAMS = int(
    os.environ.get("STREAMS", "80")
)  # as many as a small machine has time for; `STREAMS=200 make test FILES=…`
SUBJECTS = 20
TOKEN_DELAY = 0.2  # seconds: an answer takes some, so that whatever dies has some of it in its hands
MEMORIES = (1, 60_000, 2**26)  # bytes: a results server that comes back remembers nothing, a little or all
CUTS = (1, 9_000)  # bytes that a connection may bring, head included
APART = STREAMS * 3 // 10  # events that all readers together have between one harm and the next

Harm = Callable[[], Awaitable[None]]


class Pulse:
    """Counts what all readers have had, so that a harm comes in the middle of things and not at a time."""

    def __init__(self) -> None:
        self.over = False
        self._count = 0
        self._changed = asyncio.Event()

    def beat(self) -> None:
        """One more event has come to one of them."""
        self._count += 1
        self._changed.set()

    def stop(self) -> None:
        """None will come any more."""
        self.over = True
        self._changed.set()

    async def further(self, count: int) -> None:
        """Returns once so many more have come, or all is over."""
        wanted = self._count + count
        while self._count < wanted and not self.over:
            self._changed.clear()
            await self._changed.wait()


async def test_every_stream_survives(fleet: Fleet) -> None:
    """Each stream brings what the log holds of it, no event twice, ends once with the text that `done` says; then 204."""
    chance, pulse = Random(SEED), Pulse()
    async with asyncio.timeout(200), paced(fleet.system, token_delay=TOKEN_DELAY):
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(_ask(fleet, number)) for number in range(STREAMS)]
        readers = [_reader(fleet, query_id.result(), number, pulse) for number, query_id in enumerate(asked)]
        async with asyncio.TaskGroup() as group:
            group.create_task(_harm(_harms(fleet, chance), pulse))
            async with asyncio.TaskGroup() as reading:
                for reader in readers:
                    reading.create_task(reader.follow())
            pulse.stop()
    logged = await _logged(fleet)
    for reader in readers:
        check_whole(reader.events)
        assert logged[reader.at.path.rpartition("/")[2]] == written_places(reader.events)
    statuses = await asyncio.gather(*(status_after(reader.at, reader.last) for reader in readers))
    assert Counter(statuses) == {204: STREAMS}
    _check_hard(readers)


async def _logged(fleet: Fleet) -> Mapping[str, Sequence[tuple[int, int]]]:
    """Where the records of each query lie."""
    found = defaultdict[str, list[tuple[int, int]]](list)
    for record in await records(fleet.system, "rag.results"):
        found[(record.key or b"").decode()].append((record.partition, record.offset))
    return found


def _subject(number: int) -> str:
    return f"reader-{number % SUBJECTS}"


async def _ask(fleet: Fleet, number: int) -> str:
    question = FACTS[number % len(FACTS)].question
    async with caller(fleet.system, sub=_subject(number), tier="enterprise") as client:
        return await client.ask(question)


def _reader(fleet: Fleet, query_id: str, number: int, pulse: Pulse) -> Reader:
    chance = Random(f"{SEED}.{number}")
    at = target(fleet.system, query_id, sub=_subject(number), tier="enterprise")
    return Reader(at=at, allowed=lambda: chance.randint(*CUTS), chance=chance, on_event=pulse.beat)


async def _harm(harms: Sequence[Harm], pulse: Pulse) -> None:
    """One after the other, for as long as anybody reads."""
    for harm in harms:
        await pulse.further(APART)
        if not pulse.over:
            await harm()


def _harms(fleet: Fleet, chance: Random) -> list[Harm]:
    """Every results server and processor, the generator twice, the retriever and Kafka, in an order of chance."""
    system = fleet.system

    def killed(name: str, memory: int = 0) -> Harm:
        async def harm() -> None:
            await system.kill(name)
            if memory:
                fleet.declare(memory=memory)
            await system.start(name)

        return harm

    memories = chance.sample(MEMORIES, k=len(MEMORIES))
    harms = [
        *(killed(name, memory) for name, memory in zip(fleet.results, memories, strict=True)),
        *(killed(name) for name in (*fleet.processors, "generator", "generator", "retriever")),
        system.kafka.restart,
    ]
    return chance.sample(harms, k=len(harms))


def _check_hard(readers: Sequence[Reader]) -> None:
    """It was no easy time: else this test proves nothing."""
    assert sum(reader.cuts for reader in readers) > STREAMS
    assert sum(reader.torn for reader in readers) > STREAMS // 20
    assert any(event.name == "reset" for reader in readers for event in reader.events)
