"""A worker as a process lives: it waits for Kafka, says whether it is ready, and refuses what cannot work."""

import asyncio
from typing import Any

import aiohttp
import pytest

from bus.memory.bus import MemoryBus
from runtime.errors import ConfigError
from runtime.settings.kafka import TopicSettings
from tests.fixtures.plant import Plant, quick, running_plant
from workers.app import Worker
from workers.dead_letter import DeadLetterLost
from workers.topics import DEAD_LETTERS, EMBEDDINGS, QUERIES, RESULTS


async def get(worker: Worker, path: str) -> tuple[int, Any]:
    """What the management port says."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{worker.management.port}{path}") as answer,
    ):
        return answer.status, await (answer.json() if path == "/readyz" else answer.text())


async def test_a_worker_at_work_is_ready_and_measured(plant: Plant) -> None:
    """By its management port."""
    running = await plant.start("embedder")
    await plant.chunk("pump", "It runs")

    async def handled() -> bool:
        return 'worker_handled_total{stage="embedder"} 1.0' in (await get(running.worker, "/metrics"))[1]

    await plant.until(handled)
    assert await get(running.worker, "/readyz") == (200, {"kafka": True, "topics": True, "stage": True})


async def test_a_worker_waits_for_kafka_and_can_be_stopped_meanwhile() -> None:
    """It is alive, and not ready."""
    bus, stop = MemoryBus(), asyncio.Event()
    bus.stop()
    worker = Worker(quick(), "embedder", number=0, bus=bus)
    task = asyncio.create_task(worker.run(stop))
    async with asyncio.timeout(5):
        while True:
            if worker.management.port:
                break
            await asyncio.sleep(0.001)
    assert (await get(worker, "/healthz"))[0] == 200
    assert await get(worker, "/readyz") == (503, {"kafka": False, "topics": False, "stage": False})
    stop.set()
    await asyncio.wait_for(task, 5)


async def test_an_outage_is_seen_and_survived(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not ready while it lasts; at work again after it."""
    monkeypatch.setattr("workers.app.PING_SECONDS", 0.01)
    bus = MemoryBus()
    async with running_plant(bus=bus) as plant:
        running = await plant.start("embedder")

        async def answers(status: int) -> bool:
            return (await get(running.worker, "/readyz"))[0] == status

        bus.stop()
        await plant.until(lambda: answers(503))
        bus.start()
        await plant.until(lambda: answers(200))
        await plant.chunk("pump", "It runs")

        async def embedded() -> bool:
            return len(await plant.read(EMBEDDINGS)) == 1

        await plant.until(embedded)


def test_a_second_worker_has_an_index_of_its_own() -> None:
    """Beside the first one's: an embedded index is one process's alone."""
    first, second = (Worker(quick(), "retriever", number=number, bus=MemoryBus()) for number in (0, 1))

    assert first._gateway.index.path == quick().index.path
    assert second._gateway.index.path == f"{quick().index.path}-1"


async def test_a_topic_that_is_not_as_configured_stops_the_start() -> None:
    """With its name, what is expected and what is there."""
    bus = MemoryBus()
    async with bus.admin() as admin:
        await admin.ensure({QUERIES: TopicSettings(partitions=1)})
    with pytest.raises(ConfigError, match=r"topics\.rag\.queries"):
        await Worker(quick(), "embedder", number=0, bus=bus).run(asyncio.Event())


async def test_topics_that_must_match_are_compared() -> None:
    """A query and its results must meet in one partition."""
    gateway = quick()
    topics = gateway.topics | {RESULTS: TopicSettings(partitions=3)}
    with pytest.raises(ConfigError, match=r"topics\.rag\.results\.partitions: must have as many .* 6 \(found 3\)"):
        await Worker(gateway.model_copy(update={"topics": topics}), "generator", number=0, bus=MemoryBus()).run(
            asyncio.Event()
        )


async def test_a_dead_letter_that_cannot_be_written_ends_the_process() -> None:
    """With the one error that matters, and the record's offset where it was."""
    gateway = quick()
    topics = {name: topic for name, topic in gateway.topics.items() if name != DEAD_LETTERS}
    async with running_plant(gateway.model_copy(update={"topics": topics})) as plant:
        running = await plant.start("embedder")
        plant.running.remove(running)
        await plant.chunk("pump", "POISON")
        with pytest.raises(DeadLetterLost):
            await asyncio.wait_for(running.task, 5)
