"""`python -m bench.scale.writing --streams 1000`: what a generator spends on a model's token, with many answers at once.

The generator is whole but for Kafka, in whose place is the bus in memory: what is measured is a process of ours, and not
a client library. The model is the stand-in, in a process of its own, behind the real SDK.
With `--sdk` the SDK alone reads the same streams: the difference is ours.
"""

import argparse
import asyncio
import resource
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from bench.scale.contexts import TOKENS, passages, write
from bus.memory.bus import MemoryBus
from bus.records import Partition
from local.commands import ROOT
from runtime.clock import SystemClock
from runtime.limits import allow_open_files
from runtime.settings.gateway import Gateway
from runtime.settings.load import load
from runtime.settings.models import ChatSettings
from workers.app import Worker
from workers.models.factory import open_chat_model
from workers.ports import Prompt, TextDelta
from workers.topics import RESULTS

SECRETS = {"SLUICE_ID_KEY": "i" * 32, "SLUICE_RECORD_KEY": "r" * 32}

SPOKEN = 4
"""Events of each answer before measuring begins: what it is made from, and its first words."""

Count = Callable[[], Awaitable[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is measured: so many answers at once, with a token every `delay` seconds, for `seconds`."""

    streams: int
    delay: float
    seconds: float
    sdk: bool

    @classmethod
    def of(cls, given: Sequence[str] | None = None) -> "Told":
        """Reads the command line."""
        parser = argparse.ArgumentParser(prog="python -m bench.scale.writing", description=__doc__)
        parser.add_argument("--streams", type=int, default=1000)
        parser.add_argument("--delay", type=float, default=0.5, help="seconds between two tokens of one answer")
        parser.add_argument("--seconds", type=float, default=10.0)
        parser.add_argument("--sdk", action="store_true", help="the SDK alone")
        told = parser.parse_args(given)
        return cls(streams=told.streams, delay=told.delay, seconds=told.seconds, sdk=told.sdk)


@asynccontextmanager
async def model(told: Told) -> AsyncIterator[str]:
    """The stand-in, which says nothing before all answers are asked for."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "demo.standin", "--token-delay", str(told.delay), cwd=ROOT, stdout=PIPE
    )
    try:
        url = (await process.stdout.readline()).decode().strip() if process.stdout else ""
        async with aiohttp.request("POST", f"{url}/control", json={"together": told.streams}):
            yield url
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def generator(told: Told, url: str) -> AsyncIterator[Count]:
    """A generator with all its answers begun; gives the number of events that it has written."""
    bus, gateway = MemoryBus(), declared(told, url)
    worker, stop = Worker(gateway, "generator", number=0, bus=bus), asyncio.Event()
    running = asyncio.create_task(worker.run(stop))
    await worker.working.wait()
    async with bus.producer() as producer, bus.reader() as reader:
        await write(producer, told.streams, secret=SECRETS["SLUICE_RECORD_KEY"], ids=SECRETS["SLUICE_ID_KEY"])

        async def written() -> int:
            return sum([(await reader.bounds(Partition(RESULTS, number))).end for number in range(PARTITIONS)])

        yield written
    running.cancel()
    await asyncio.wait({running})


@asynccontextmanager
async def sdk(told: Told, url: str) -> AsyncIterator[Count]:
    """The SDK alone, with all its answers begun; gives the number of tokens that it has read."""
    settings = ChatSettings(base_url=url, concurrency=told.streams, tiers={})
    heard = 0

    async def read() -> None:
        nonlocal heard
        prompt = Prompt(question="What is a weir?", passages=passages(), model="claude-haiku-4-5", max_tokens=1024)
        async for event in chat.answer(prompt):
            heard += isinstance(event, TextDelta)

    async def count() -> int:
        return heard

    async with open_chat_model(settings, clock=SystemClock()) as chat, asyncio.TaskGroup() as tasks:
        reading = [tasks.create_task(read()) for _ in range(told.streams)]
        yield count
        for one in reading:
            one.cancel()


def declared(told: Told, url: str) -> Gateway:
    """gateway.yaml, with room for as many answers, and every token an event of its own."""
    gateway = load(ROOT / "gateway.yaml", environ=SECRETS)
    chat = gateway.chat.model_copy(update={"base_url": url, "concurrency": told.streams})
    stage = gateway.workers.generator.model_copy(update={"concurrency": told.streams})
    workers = gateway.workers.model_copy(update={"generator": stage, "drain": 0.0})
    management = gateway.management.model_copy(update={"generator": 0})
    return gateway.model_copy(update={"chat": chat, "workers": workers, "management": management})


PARTITIONS = load(ROOT / "gateway.yaml", environ=SECRETS).topics[RESULTS].partitions


async def measure(told: Told) -> None:
    """Measures, and says what came of it."""
    async with model(told) as url, (sdk if told.sdk else generator)(told, url) as count:
        while await count() < SPOKEN * told.streams:  # noqa: ASYNC110  # neither a log nor a counter has an event for it
            await asyncio.sleep(0.1)
        before, cpu, start = await count(), time.process_time(), time.monotonic()
        await asyncio.sleep(told.seconds)
        events, cpu, seconds = await count() - before, time.process_time() - cpu, time.monotonic() - start
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    sys.stdout.write(
        f"{'the SDK alone' if told.sdk else 'a generator'}: {told.streams} answers at once, a token each {told.delay} s;"
        f" {events} tokens in {seconds:.1f} s, {1e6 * cpu / events:.0f} us of CPU each, {rss:.0f} MB at most\n"
    )


def main(given: Sequence[str] | None = None) -> None:
    """Measures as the command line says."""
    told = Told.of(given)
    if told.delay * TOKENS < told.seconds:
        sys.exit(f"an answer has {TOKENS} tokens: it would end within {told.seconds} s")
    allow_open_files()
    asyncio.run(measure(told))


if __name__ == "__main__":
    main()
