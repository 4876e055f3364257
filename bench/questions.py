"""From a question to the first words of its answer, through the whole system, and what it costs each process."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from bench.body import TIER
from bench.children import running
from bench.errors import Unmeasured
from bench.processes import CpuMeter
from bench.stats import micros
from demo.client import Client
from demo.corpus.corpus import Corpus
from demo.indexed import until_indexed
from demo.loading import Loader
from demo.questions import FACTS
from local.system import KAFKA, System

WARM = 5
ANSWER_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Some questions, each followed to the end of its answer.

    Attributes:
        firsts: Milliseconds from before the POST to the first `delta`.
        events: Of one stream, on average.
        seconds: From a question to the end of its answer, on average.
        cpu: Microseconds of each process, for one.
    """

    firsts: Sequence[float]
    events: float
    seconds: float
    cpu: Mapping[str, float]


async def load_library(system: System) -> dict[str, float]:
    """Fills the index with the demo's library; microseconds of CPU of each process for a chunk.

    Raises:
        Unmeasured: Not all of it can be found in time.
    """
    corpus, meter = Corpus.read(), _meter(system)
    passages = len(corpus.chunks())
    async with _client(system) as client:
        await Loader(client, home=system.home, progress=lambda *_: None).load(corpus)
        url = system.management_url("retriever")
        if not await until_indexed(client, retriever_url=url, passages=passages):
            raise Unmeasured(what="the question", reason="the library is not in the index")
    return {name: micros(seconds, passages) for name, seconds in meter.read().items()}


async def asked(system: System, *, count: int, at_once: int) -> Asked:
    """So many questions, so many at once: each is followed to its end before the next is asked in its place."""
    room, meter = asyncio.Semaphore(at_once), _meter(system)
    async with _client(system) as client:

        async def one(number: int) -> _Followed:
            async with room:
                return await _in_time(client, FACTS[number % len(FACTS)].question)

        found = await asyncio.gather(*map(one, range(count)))
    return Asked(
        firsts=[one.first for one in found],
        events=sum(one.events for one in found) / count,
        seconds=sum(one.seconds for one in found) / count,
        cpu={name: micros(seconds, count) for name, seconds in meter.read().items()},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Followed:
    first: float
    events: int
    seconds: float


async def _in_time(client: Client, question: str) -> _Followed:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await _follow(client, question)
    except TimeoutError:
        reason = f"{question!r} had no answer in {ANSWER_SECONDS:.0f} s"
        raise Unmeasured(what="the question", reason=reason) from None


async def _follow(client: Client, question: str) -> _Followed:
    start, first, count = time.perf_counter(), 0.0, 0
    query_id = await client.ask(question)
    async with aclosing(client.events(query_id)) as events:
        async for event in events:
            count += 1
            if event.name == "delta" and not first:
                first = (time.perf_counter() - start) * 1000
    if not first:
        raise Unmeasured(what="the question", reason=f"{question!r} had no delta")
    return _Followed(first=first, events=count, seconds=time.perf_counter() - start)


def _meter(system: System) -> CpuMeter:
    return CpuMeter({name: running(system, name) for name in (*system.names, KAFKA)})


def _client(system: System) -> Client:
    return Client(system.public_url, token=system.keys.signing.mint(tier=TIER, sub="bench"))
