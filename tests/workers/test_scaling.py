"""Workers come and go on a real Kafka while answers are under way."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest

from bus.kafka.bus import KafkaBus
from local.kafka.broker import KafkaBroker
from runtime.settings.kafka import ConsumerSettings
from tests.fixtures.plant import Plant, quick, running_plant, text_of

pytestmark = pytest.mark.kafka

# kafka-python lets a member poll `rebalance_timeout` and five seconds apart; the broker takes no shorter session.
BOUNDS = ConsumerSettings(session_timeout=6.0, rebalance_timeout=1.0)
POLL_SECONDS = 6.0


@pytest.fixture
async def plant(own_kafka: KafkaBroker) -> AsyncIterator[Plant]:
    """On a broker of its own, with a group that soon loses its patience."""
    kafka = quick().kafka.model_copy(update={"bootstrap": own_kafka.bootstrap, "consumer": BOUNDS})
    async with running_plant(quick(kafka=kafka), KafkaBus(kafka)) as plant:
        yield plant


async def _speaks(plant: Plant, key: str) -> bool:
    return "delta" in [event.name for event in await plant.events(key)]


async def test_long_calls_outlast_rebalances(plant: Plant) -> None:
    """A call that is longer than a member may be silent goes on; one whose partition moves begins once more, elsewhere.

    A second generator comes while every answer is under way, and the first is killed after it. The model was called once
    for each question, and once more for each reset; nothing else was begun again, so there was no storm of rebalances.
    """
    await plant.start("embedder")
    await plant.start("retriever")
    first = await plant.start("generator")
    await plant.chunk("pump", "The pump runs at nine hundred turns")
    await plant.until(lambda: len(plant.index.entries) == 1)
    plant.model.gate.clear()
    keys = [await plant.ask("How fast does the pump run?") for _ in range(6)]
    for key in keys:
        await plant.until(partial(_speaks, plant, key))

    await asyncio.sleep(POLL_SECONDS)
    assert len(plant.model.prompts) == len(keys)

    await plant.start("generator")
    await asyncio.sleep(POLL_SECONDS)
    moved = len(plant.model.prompts) - len(keys)
    assert moved < len(keys)

    plant.model.gate.set()
    await plant.kill(first)
    answers = [await plant.ended(key) for key in keys]
    resets = sum([event.name for event in events].count("reset") for events in answers)
    assert len(plant.model.prompts) == len(keys) + resets
    for events in answers:
        assert [event.name for event in events].count("done") == 1
        assert text_of(events) == events[-1].data["answer"]
