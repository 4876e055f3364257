"""How far a query is, on a real Kafka."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bus.kafka.bus import KafkaBus
from bus.records import Partition
from local.kafka.broker import KafkaBroker
from runtime.clock import SystemClock
from runtime.settings.kafka import KafkaSettings
from tests.bus.contract.clusters import RealCluster
from tests.ext_proc.results.desk import Desk, make_topics, open_desk
from tests.ext_proc.results.status.enquiry import CHOSEN, ask, question, status, waiting

pytestmark = pytest.mark.kafka

Topic = Callable[[str], str]
ISSUED: dict[str, Any] = {}
IDS = pytest.mark.parametrize("since", [ISSUED, CHOSEN])


class Later(SystemClock):
    """An hour later, when a new process no longer has in memory what is written now."""

    def now_ms(self) -> int:
        """As `Clock.now_ms`."""
        return super().now_ms() + 3_600_000


async def prepared(kafka: KafkaBroker, topic: Topic) -> tuple[KafkaBus, tuple[str, str], str]:
    """A bus, the names of the topics of events and proofs, and that of answers."""
    bus = KafkaBus(KafkaSettings(bootstrap=kafka.bootstrap))
    results, queries, answers = topic("results"), topic("queries"), topic("answers")
    await make_topics(bus, results, queries, answers)
    return bus, (results, queries), answers


async def finish(desk: Desk, answers: str) -> None:
    """Writes a query with its whole answer, as the generator does, and something of another key after it."""
    await desk.prove()
    await desk.put("delta")
    await desk.put("done", {"answer": "a"}, topic=answers)
    await desk.put("done", {"answer": "a"})
    await desk.pushed(await desk.put("delta", key=desk.neighbour()))


@pytest.mark.parametrize("history", [2**26, 1])
@IDS
async def test_as_it_goes(kafka: KafkaBroker, topic: Topic, history: int, since: dict[str, Any]) -> None:
    """A client that waits for each change has each once, whether memory holds the events or not."""
    bus, topics, answers = await prepared(kafka, topic)
    async with open_desk(bus, topics=topics, history_bytes=history) as desk:
        wants = question(desk, **{"answers": answers, **since})
        assert await status(desk, wants) == "404"
        found, etag = [], '"none"'
        for write in (desk.prove(), desk.put("delta"), desk.put("done")):
            getting = asyncio.create_task(ask(desk, wants, wait=30, etag=etag))
            await waiting(desk)
            await write
            async with await getting as client:
                found.append((await client.body())["status"])
                etag = client.headers["etag"]
        async with await ask(desk, wants, wait=30, etag=etag) as same:
            assert same.status == 304
    assert found == ["queued", "running", "done"]


@IDS
async def test_an_hour_later(kafka: KafkaBroker, topic: Topic, since: dict[str, Any]) -> None:
    """A new process finds it in the topic of events, and where that has lost it, among the answers: all the same."""
    bus, topics, answers = await prepared(kafka, topic)
    async with open_desk(bus, topics=topics) as desk:
        wants = question(desk, **{"answers": answers, **since})
        await finish(desk, answers)
        async with await ask(desk, wants) as first:
            etags = [(await first.body())["answer"], first.headers["etag"]]
    async with open_desk(bus, topics=topics, clock=Later()) as desk:
        for _ in range(2):
            async with await ask(desk, wants) as client:
                assert etags == [(await client.body())["answer"], client.headers["etag"]]
        await asyncio.to_thread(RealCluster(kafka).trim, desk.at(), 3)
        for _ in range(2):
            async with await ask(desk, wants) as client:
                assert etags == [(await client.body())["answer"], client.headers["etag"]]
    async with open_desk(bus, topics=topics, clock=Later()) as desk:
        assert await status(desk, wants) == "done"
        await asyncio.to_thread(RealCluster(kafka).trim, Partition(answers, desk.at().number), 1)
        assert await status(desk, wants) == "queued"
        await asyncio.to_thread(RealCluster(kafka).trim, Partition(topics[1], desk.at().number), 1)
        assert await status(desk, wants) == "queued"
    async with open_desk(bus, topics=topics, clock=Later()) as desk:
        assert await status(desk, wants) == "404"


async def test_a_backlog_outlives_a_process(kafka: KafkaBroker, topic: Topic) -> None:
    """A query of which a new process has heard nothing is queued, found by the time in its id, among the queries."""
    bus, topics, answers = await prepared(kafka, topic)
    async with open_desk(bus, topics=topics) as desk:
        wants = question(desk, answers=answers)
        await desk.prove()
    async with open_desk(bus, topics=topics, clock=Later()) as desk:
        assert await status(desk, replace(wants, user_id="bob")) == "404"
        assert await status(desk, replace(wants, since=(wants.since or 0) - 90_000)) == "404"
        assert await status(desk, wants) == "queued"
