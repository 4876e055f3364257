"""The command line, as a process."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from tests.fixtures.settings import ENVIRON

ROOT = Path(__file__).parent.parent.parent
NOBODY = "127.0.0.1:9"  # a port that nothing listens on


async def start(*arguments: str, **environ: str) -> asyncio.subprocess.Process:
    """A process of ours, with Kafka away."""
    free = {f"SLUICE_{stage}_PORT": "0" for stage in ("EMBEDDER", "RETRIEVER", "GENERATOR")}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "workers", *arguments),
        cwd=ROOT,
        env={**os.environ, **ENVIRON, **free, "KAFKA_BOOTSTRAP": NOBODY, **environ},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@pytest.mark.parametrize("stage", ["embedder", "retriever", "generator"])
async def test_a_worker_waits_for_kafka_is_small_and_stops_when_told(stage: str) -> None:
    """Under 120 MB without a model, and with a clean end."""
    process = await start(stage)
    assert process.stderr
    line = json.loads(await asyncio.wait_for(process.stderr.readline(), 30))
    assert (line["process"], line["message"]) == (f"{stage}-0", "waiting for Kafka")
    assert psutil.Process(process.pid).memory_info().rss < 120 * 2**20
    process.send_signal(signal.SIGTERM)
    await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0


async def test_a_bad_configuration_is_one_line() -> None:
    """With status 2."""
    process = await start("generator", "--config", "nowhere.yaml")
    _, said = await asyncio.wait_for(process.communicate(), 30)
    assert (process.returncode, said) == (2, b"nowhere.yaml: cannot be read: No such file or directory\n")


async def test_a_replay_without_kafka_says_so() -> None:
    """And changes nothing."""
    process = await start("replay", "embedder")
    _, said = await asyncio.wait_for(process.communicate(), 30)
    assert (process.returncode, said.splitlines()[-1]) == (
        1,
        b"sluice: Kafka did not answer while forgetting a group",
    )
