"""The stages on a real Kafka: the whole way, an orderly hand-over, and a replay by the documented command."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bus.kafka.bus import KafkaBus
from local.kafka.broker import KafkaBroker
from tests.fixtures.plant import Plant, quick, running_plant, text_of
from tests.fixtures.settings import ENVIRON
from workers.topics import CONTEXTS, EMBEDDINGS

pytestmark = pytest.mark.kafka

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
async def real(own_kafka: KafkaBroker) -> AsyncIterator[Plant]:
    """The plant, on a broker of its own: its topics have the names that users see."""
    kafka = quick().kafka.model_copy(update={"bootstrap": own_kafka.bootstrap})
    async with running_plant(quick(kafka=kafka), KafkaBus(kafka)) as plant:
        yield plant


async def replay(plant: Plant) -> tuple[int, str]:
    """The command's status, and what it says."""
    environ = {**os.environ, **ENVIRON, "KAFKA_BOOTSTRAP": plant.gateway.kafka.bootstrap}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "workers", "replay", "embedder"),
        cwd=ROOT,
        env=environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(), 30)
    return process.returncode or 0, said.decode()


async def test_the_stages_work_on_kafka(real: Plant) -> None:
    """Answers, a killed generator, an answered query that is not asked again, and a replay."""
    embedder = await real.start("embedder")
    await real.start("retriever")
    generator = await real.start("generator")
    await real.chunk("pump", "The pump runs at nine hundred turns")
    await real.until(lambda: len(real.index.entries) == 1)
    first = await real.ask("How fast does the pump run?")
    events = await real.ended(first)
    assert [events[0].name, events[-1].name] == ["retrieved", "done"]
    assert text_of(events) == events[-1].data["answer"]

    real.model.gate.clear()
    real.model.speaking.clear()
    second = await real.ask("And how fast is that?")
    await asyncio.wait_for(real.model.speaking.wait(), 10)
    await real.kill(generator)
    real.model.gate.set()
    await real.start("generator")
    events = await real.ended(second)
    assert [event.name for event in events].count("reset") == 1
    assert text_of(events) == events[-1].data["answer"]
    assert [event.name for event in await real.events(first)].count("done") == 1
    assert len(real.model.prompts) == 3

    status, said = await replay(real)
    assert (status, "has members; stop them first" in said) == (1, True)
    await real.stop(embedder)
    status, said = await replay(real)
    assert (status, said) == (0, "sluice.embedder begins at the first chunk when the embedder is next started\n")
    await real.start("embedder")

    async def again() -> bool:
        return len(await real.read(EMBEDDINGS)) == 2

    await real.until(again)
    assert real.embedder.texts().count("The pump runs at nine hundred turns") == 2


async def test_queries_are_cancelled_on_kafka(real: Plant) -> None:
    """One that waits for a retriever, one that waits for a generator, and one whose model speaks; the rest is answered."""
    await real.start("embedder")
    await real.chunk("pump", "The pump runs at nine hundred turns")
    unsearched = await real.ask("How fast is the first?")
    await real.cancel(unsearched)
    await real.start("retriever")
    await real.until(lambda: len(real.index.entries) == 1)
    unanswered = await real.ask("How fast is the second?")

    async def found() -> bool:
        return len(await real.read(CONTEXTS)) == 2

    await real.until(found)
    await real.cancel(unanswered)
    generator = await real.start("generator")
    for key in (unsearched, unanswered):
        assert [event.name for event in await real.ended(key)] == ["cancelled"]
    assert real.model.prompts == []

    real.model.gate.clear()
    broken_off, killed = await real.ask("How fast is the third?"), await real.ask("How fast is the fourth?")
    await real.until(lambda: len(real.model.prompts) == 2)
    await real.cancel(broken_off)
    assert [event.name for event in await real.ended(broken_off)][-2:] == ["usage", "cancelled"]
    await real.cancel(killed)
    await real.kill(generator)
    real.model.gate.set()
    await real.start("generator")
    events = await real.ended(killed)
    assert [event.name for event in events].count("cancelled") == 1
    assert len(real.model.prompts) == 2
    assert (await real.ended(await real.ask("How fast is the fifth?")))[-1].name == "done"
