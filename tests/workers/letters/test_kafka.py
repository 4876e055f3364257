"""The command on a real Kafka, as a process, killed in the middle."""

import asyncio
import os
import sys
from collections import Counter
from pathlib import Path

import pytest

from bus.kafka.bus import KafkaBus
from local.kafka.broker import KafkaBroker
from tests.fixtures.plant import Plant, quick, running_plant
from tests.fixtures.settings import ENVIRON
from workers.dead_letter import dead_letter
from workers.errors import Poison
from workers.topics import CHUNKS

pytestmark = pytest.mark.kafka

ROOT = Path(__file__).parent.parent.parent.parent
DEAD = 40


async def typed(plant: Plant, *arguments: str) -> asyncio.subprocess.Process:
    """`python -m workers dead-letters` with these arguments."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "workers", "dead-letters", *arguments),
        cwd=ROOT,
        env={**os.environ, **ENVIRON, "KAFKA_BOOTSTRAP": plant.gateway.kafka.bootstrap, "PYTHONUNBUFFERED": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def said(process: asyncio.subprocess.Process) -> list[str]:
    """Its lines, once it has ended well."""
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, out.decode()
    return out.decode().splitlines()


async def test_a_redrive_that_is_killed_redrives_nothing_twice(own_kafka: KafkaBroker) -> None:
    """Nor does it lose one: the next run goes on where the killed one ended, and then there is nothing left."""
    kafka = quick().kafka.model_copy(update={"bootstrap": own_kafka.bootstrap})
    async with running_plant(quick(kafka=kafka), KafkaBus(kafka)) as plant:
        for number in range(DEAD):
            await plant.chunk(f"d{number}", "It runs")
        for record in await plant.read(CHUNKS):
            await plant.producer.put(dead_letter(record, Poison("model-rejected", "x"), attempt=1))
        killed = await typed(plant, "redrive", "--all", "--rate", "100")
        assert killed.stdout
        for _ in range(5):
            assert b"redriven to rag.chunks" in await asyncio.wait_for(killed.stdout.readline(), 60)
        killed.kill()
        await killed.wait()
        last = (await said(await typed(plant, "redrive", "--all", "--rate", "10000")))[-1]
        assert 0 < int(last.removesuffix(" redriven, 0 left")) <= DEAD - 5
        assert await said(await typed(plant, "list", "--json")) == []
        chunks = await plant.read(CHUNKS)
        assert Counter(record.key for record in chunks) == {f"d{number}#0".encode(): 2 for number in range(DEAD)}
        assert sum(record.header("dlq-redriven") == "1" for record in chunks) == DEAD
