"""What processes cost is counted with all their descendants."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator

import pytest

from bench.processes import CpuMeter, cores, installed_memory, load_average, memory

# A child holds 50 MB and has spent at least 0.2 s of CPU time when it says so.
_CHILD = """
import sys, time
held = b"x" * 50_000_000
while time.process_time() < 0.2: pass
print("ready", flush=True)
sys.stdin.read()
"""
_PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {_CHILD!r}])"


@pytest.fixture
async def parent() -> AsyncIterator[int]:
    """A process that does nothing, with a child that did."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", _PARENT, stdin=pipe, stdout=pipe)
    assert process.stdin
    assert process.stdout
    async with asyncio.timeout(30):
        assert b"ready\n" == await process.stdout.readline()
        yield process.pid
        process.stdin.close()
        await process.wait()


async def test_memory_of_descendants(parent: int) -> None:
    """What a child holds is held by its parent's account."""
    held = memory(parent)
    assert held.resident > 50.0
    assert 0.0 <= held.proportional <= held.resident


async def test_cpu_since_the_last_reading() -> None:
    """A meter counts from when it was made, and then from when it was last read."""
    meter = CpuMeter({"this": os.getpid()})
    spent = os.times().user + os.times().system
    while os.times().user + os.times().system < spent + 0.1:
        pass
    first, second = meter.read(), meter.read()
    assert first["this"] >= 0.05
    assert second["this"] < first["this"]


def test_machine() -> None:
    """There is at least a core, some memory, and a load that is not negative."""
    assert cores() >= 1
    assert installed_memory() > 0.0
    assert load_average() >= 0.0
