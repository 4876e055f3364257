"""What memory, and then the topic of events, no longer holds: queries of two hours ago, asked of new processes."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bus.memory import MemoryBus
from bus.memory.cluster import Cluster
from bus.memory.reader import MemoryReader
from bus.records import Partition, Received
from ext_proc.results.trust import signed_by
from tests.ext_proc.results.conftest import ANSWERS, TOPICS
from tests.ext_proc.results.desk import Desk, Open, make_topics, open_desk
from tests.ext_proc.results.status.enquiry import CHOSEN, ask, question, status, waiting
from tests.ext_proc.results.test_trust import SIGNER, signed

THEN = int((time.time() - 2 * 3600) * 1000)
OLD: dict[str, Any] = {"since": THEN}
IDS = pytest.mark.parametrize("since", [OLD, CHOSEN])


@pytest.fixture
async def bus() -> MemoryBus:
    """A bus on which everything is written two hours ago."""
    bus = MemoryBus(clock=lambda: THEN)
    await make_topics(bus, *TOPICS, ANSWERS)
    return bus


async def finish(desk: Desk, **options: str) -> None:
    """Writes a query with its whole answer, as the generator does, and something of another key after it."""
    await desk.prove(**options)
    await desk.put("delta", **options)
    await desk.put("done", {"answer": "a"}, topic=ANSWERS, **options)
    await desk.put("done", {"answer": "a"}, **options)
    await desk.pushed(await desk.put("delta", key=desk.neighbour()))


def lose(bus: MemoryBus, desk: Desk, *topics: str) -> None:
    """Retention takes all but the last record of the key's partition."""
    for topic in topics:
        at = Partition(topic, desk.at().number)
        bus.trim(at, 3 if topic == desk.topic else 1_000)


@IDS
async def test_a_new_process(open_: Open, since: dict[str, Any]) -> None:
    """A process that has just started knows as much as the one before."""
    async with open_() as desk:
        await finish(desk)
        async with await ask(desk, question(desk, **since)) as before:
            await before.body()
    etag = before.headers["etag"]
    async with open_(history_bytes=1) as desk, await ask(desk, question(desk, **since), etag=etag) as after:
        assert after.status == 304


@IDS
async def test_events_are_gone(open_: Open, bus: MemoryBus, since: dict[str, Any]) -> None:
    """Where the topic of events has lost them, the topic of answers has the result, with the same tag."""
    async with open_() as desk:
        await finish(desk)
        async with await ask(desk, question(desk, **since)) as before:
            await before.body()
    lose(bus, desk, desk.topic)
    async with open_(history_bytes=1) as desk:
        for _ in range(2):
            async with await ask(desk, question(desk, **since)) as after:
                assert (await after.body())["answer"] == "a"
            assert before.headers["etag"] == after.headers["etag"]


@IDS
async def test_events_and_query_are_gone(open_: Open, bus: MemoryBus, since: dict[str, Any]) -> None:
    """The answer alone is enough."""
    async with open_() as desk:
        await finish(desk)
    lose(bus, desk, desk.topic, desk.proofs)
    async with open_(history_bytes=1) as desk:
        assert await status(desk, question(desk, **since)) == "done"


@IDS
async def test_all_is_gone(open_: Open, bus: MemoryBus, since: dict[str, Any]) -> None:
    """What nobody holds any more is as unknown as what never was."""
    async with open_() as desk:
        await finish(desk)
    lose(bus, desk, desk.topic, desk.proofs, ANSWERS)
    async with open_(history_bytes=1) as desk:
        for _ in range(2):
            assert await status(desk, question(desk, **since)) == "404"


async def test_no_topic_of_answers(open_: Open, bus: MemoryBus) -> None:
    """Without one, what the topic of events has lost is lost; that the query was asked is still known."""
    async with open_() as desk:
        await finish(desk)
    lose(bus, desk, desk.topic)
    async with open_(history_bytes=1) as desk:
        assert await status(desk, question(desk, answers="", **OLD)) == "queued"


@IDS
async def test_they_go_while_they_are_known(open_: Open, bus: MemoryBus, since: dict[str, Any]) -> None:
    """Where a process found them is remembered, and found out to be no longer so."""
    async with open_() as desk:
        await finish(desk)
    async with open_() as desk:
        wants = question(desk, **since)
        assert await status(desk, wants) == "done"
        lose(bus, desk, desk.topic)
        assert [await status(desk, wants) for _ in range(2)] == ["done", "done"]
        lose(bus, desk, desk.proofs, ANSWERS)
        assert await status(desk, wants) == "404"


class Trimmed(MemoryReader):
    """Retention takes all the events just before they are read."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        self._strikes = cluster

    async def read(self, partition: Partition, offset: int, *, limit: int) -> Sequence[Received]:
        """As `Reader.read`."""
        if partition.topic == TOPICS[0]:
            self._strikes.log(partition).trim(offset + 1_000)
        return await super().read(partition, offset, limit=limit)


class TrimmedBus(MemoryBus):
    """A bus with such readers."""

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[MemoryReader]:
        """As `Bus.reader`."""
        yield Trimmed(self._cluster)


async def test_retention_overtakes_a_wait() -> None:
    """What retention takes while somebody waits for it is found among the answers."""
    bus = TrimmedBus()
    await make_topics(bus, *TOPICS, ANSWERS)
    async with open_desk(bus, topics=TOPICS, history_bytes=1) as desk:
        await desk.prove()
        getting = asyncio.create_task(ask(desk, wait=60))
        await waiting(desk)
        await desk.put("done", {"answer": "a"}, topic=ANSWERS)
        await desk.put("done", {"answer": "a"})
        async with await getting as client:
            assert (await client.body())["answer"] == "a"


async def test_what_was_found_is_not_searched_again(open_: Open, bus: MemoryBus) -> None:
    """A process that has read the log once for a query goes on from there."""
    async with open_() as desk:
        await desk.prove()
        await desk.put("delta")
    async with open_() as desk:
        wants = question(desk, **OLD)
        assert await status(desk, wants) == "running"
        bus.stop()
        assert await status(desk, wants) == "running"
        bus.start()
        await desk.pushed(await desk.put("done"))
        assert await status(desk, wants) == "done"


async def test_a_backlog_outlives_a_process(open_: Open) -> None:
    """A query that has waited for hours, and of which a new process has heard nothing, is still queued."""
    async with open_() as desk:
        await desk.prove()
    async with open_() as desk:
        assert await status(desk, question(desk, **OLD)) == "queued"
        assert await status(desk, question(desk, **CHOSEN)) == "queued"


async def test_what_somebody_else_wrote_is_not_believed(open_: Open) -> None:
    """Neither as an event, nor as an answer, nor as the proof that the query was asked."""
    trust = signed_by(SIGNER)
    async with open_(trust=trust) as desk:
        await finish(desk)
        assert await status(desk, question(desk, **OLD)) == "404"
    async with open_(trust=trust) as desk:
        assert await status(desk, question(desk, **OLD)) == "404"
        await desk.producer.put(signed("done", topic=ANSWERS, body=b'{"answer":"ours"}'))
    async with open_(trust=trust) as desk, await ask(desk, question(desk, **CHOSEN)) as client:
        assert (await client.body())["answer"] == "ours"


async def test_kafka_is_away(open_: Open, bus: MemoryBus) -> None:
    """What memory knows is still told; what only Kafka knows is 503 with Retry-After, and comes back by itself."""
    async with open_() as desk:
        await finish(desk)
        bus.stop()
        assert await status(desk, question(desk, **OLD)) == "done"
        async with await ask(desk, question(desk, "never")) as client:
            assert (client.status, client.headers["retry-after"]) == (503, "2")
        bus.start()
        assert await status(desk, question(desk, "never")) == "404"
