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
        cpu: Microseconds of each process, for one, beyond what it uses at rest.
    """

    firsts: Sequence[float]
    events: float
    seconds: float
    cpu: Mapping[str, float]


class Costs:
    """What each process uses beyond what it uses at rest."""

    def __init__(self, system: System, *, idle: Mapping[str, float]) -> None:
        """Begins to count; `idle` is cores by process."""
        self._idle = idle
        self._start = time.monotonic()
        self._meter = CpuMeter({name: running(system, name) for name in (*system.names, KAFKA)})

    def each(self, count: int) -> dict[str, float]:
        """Microseconds for each of so many."""
        seconds = time.monotonic() - self._start
        found = self._meter.read()
        return {name: micros(max(spent - self._idle[name] * seconds, 0.0), count) for name, spent in found.items()}


async def at_rest(system: System, *, seconds: float) -> dict[str, float]:
    """Cores that each process uses with nothing to do."""
    nothing = Costs(system, idle=dict.fromkeys((*system.names, KAFKA), 0.0))
    await asyncio.sleep(seconds)
    return {name: spent / seconds / 1e6 for name, spent in nothing.each(1).items()}


async def load_library(system: System, *, idle: Mapping[str, float]) -> dict[str, float]:
    """Fills the index with the demo's library; what a chunk costs each process, as in `Asked.cpu`.

    Raises:
        Unmeasured: Not all of it can be found in time.
    """
    corpus, costs = Corpus.read(), Costs(system, idle=idle)
    passages = len(corpus.chunks())
    async with _client(system) as client:
        await Loader(client, home=system.home, progress=lambda *_: None).load(corpus)
        url = system.management_url("retriever")
        if not await until_indexed(client, retriever_url=url, passages=passages):
            raise Unmeasured(what="the question", reason="the library is not in the index")
    return costs.each(passages)


async def asked(system: System, *, count: int, at_once: int, idle: Mapping[str, float]) -> Asked:
    """So many questions, so many at once: each is followed to its end before the next is asked in its place."""
    room, costs = asyncio.Semaphore(at_once), Costs(system, idle=idle)
    async with _client(system) as client:

        async def one(number: int) -> Followed:
            async with room:
                return await followed(client, FACTS[number % len(FACTS)].question)

        found = await asyncio.gather(*map(one, range(count)))
    return Asked(
        firsts=[one.first for one in found],
        events=sum(one.events for one in found) / count,
        seconds=sum(one.seconds for one in found) / count,
        cpu=costs.each(count),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """One question: milliseconds to its first `delta`, its events, and seconds to its end."""

    first: float
    events: int
    seconds: float


async def followed(client: Client, question: str) -> Followed:
    """Asks, and follows the answer to its end.

    Raises:
        Unmeasured: There was none.
    """
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await _follow(client, question)
    except TimeoutError:
        reason = f"{question!r} had no answer in {ANSWER_SECONDS:.0f} s"
        raise Unmeasured(what="the question", reason=reason) from None


async def _follow(client: Client, question: str) -> Followed:
    start, first, count = time.perf_counter(), 0.0, 0
    query_id = await client.ask(question)
    async with aclosing(client.events(query_id)) as events:
        async for event in events:
            count += 1
            if event.name == "delta" and not first:
                first = (time.perf_counter() - start) * 1000
    if not first:
        raise Unmeasured(what="the question", reason=f"{question!r} had no delta")
    return Followed(first=first, events=count, seconds=time.perf_counter() - start)


def _client(system: System) -> Client:
    return Client(system.public_url, token=system.keys.signing.mint(tier=TIER, sub="bench"))
