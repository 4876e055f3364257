"""One run: starts everything once, and measures one thing after another."""

import tempfile
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

from bench.answers.measure import measure as answer_figures
from bench.answers.measure import measure_spoken
from bench.bulk.measure import alternate as alternate_bulk
from bench.children import running
from bench.contenders import PEER, PROCESSOR, Contender, peer, sluice, varied
from bench.figures import Figures
from bench.gateways import Variant
from bench.helper import Helper
from bench.plan import ANSWERS, BULK, DELTAS, POSTS, QUESTIONS, SEARCH, STREAMS, Plan
from bench.posts import Say, alternate
from bench.processes import Memory, load_average, memory
from bench.questions import WARM, asked, at_rest, load_library
from bench.search import Search, SearchJob
from bench.streams.contenders import RESULTS
from bench.streams.measure import measure as stream_figures
from local.commands import ENVOY, STAND_IN, WORKERS
from local.system import KAFKA, System

# The stand-in always: a bill, and somebody else's latency, are not what is measured.
ENVIRON: Mapping[str, str] = {"ANTHROPIC_API_KEY": "", "ANTHROPIC_BASE_URL": "", "SLUICE_PROCESSORS": "1"}

IDLE_SECONDS = 4.0
SEARCHES = 1000


async def measure(plan: Plan, *, say: Say) -> Figures:
    """Everything, on a system of its own that is gone afterwards.

    Raises:
        BenchError: Something could not be measured.
        LocalError: The system does not start.
    """
    load = load_average()
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as home:
        say("starting Kafka, Envoy and the processes of Sluice")
        async with System(Path(home), environ=ENVIRON) as system:
            found = await _Run(system, plan, say=say).measured()
    search = await _search(plan, say=say) if SEARCH in plan.only else None
    return replace(found, search=search, load=(load, load_average()))


class _Run:
    """What is measured on one system, in the only order in which nobody works on what is another's load."""

    def __init__(self, system: System, plan: Plan, *, say: Say) -> None:
        self._system = system
        self._plan = plan
        self._say = say
        self._own = str(Variant.of(system.gateway))
        self._found = Figures(own=self._own)

    async def measured(self) -> Figures:
        only = self._plan.only
        self._found = replace(self._found, rest=self._held((*self._system.names, KAFKA)))
        if QUESTIONS in only:
            await self._questions()
        for worker in WORKERS:
            await self._system.stop(worker)
        if DELTAS in only:
            spoken = await measure_spoken(self._system, self._plan, say=self._say)
            self._found = replace(self._found, spoken=spoken)
        await self._system.stop(STAND_IN)
        if ANSWERS in only:
            answers = await answer_figures(self._system, self._plan, say=self._say)
            self._found = replace(self._found, answers=answers)
        if STREAMS in only:
            streams = await stream_figures(self._system, self._plan, say=self._say)
            self._found = replace(self._found, streams=streams)
        if POSTS in only or BULK in only:
            await self._posts()
        return self._found

    async def _questions(self) -> None:
        self._say("what everything uses at rest, and the library")
        idle = await at_rest(self._system, seconds=IDLE_SECONDS)
        embedding = await load_library(self._system, idle=idle)
        self._say("questions")
        await asked(self._system, count=WARM, at_once=1, idle=idle)
        count, several = self._plan.questions, self._plan.at_once
        found = {one: await asked(self._system, count=count, at_once=one, idle=idle) for one in (1, several)}
        self._found = replace(self._found, embedding=embedding, idle=idle, asked=found)

    async def _posts(self) -> None:
        async with peer(self._system) as other, _gateways(self._system, self._plan, own=self._own) as gateways:
            found, plan = self._found, self._plan
            self._found = replace(found, rest={**found.rest, PEER: memory(other.pids[PEER])})
            if POSTS in plan.only:
                await self._alternate(gateways, other)
            if BULK in plan.only:
                fast = _one_for_each_client(gateways, plan)
                signing = self._system.keys.signing
                bulk = await alternate_bulk(fast, other, plan, signing=signing, say=self._say)
                self._found = replace(self._found, bulk=bulk)

    async def _alternate(self, gateways: Sequence[Contender], other: Contender) -> None:
        posts = await alternate((*gateways, other), self._plan, say=self._say)
        after = self._held((ENVOY, PROCESSOR, RESULTS, KAFKA)) | {PEER: memory(other.pids[PEER])}
        self._found = replace(self._found, posts=posts, after=after)

    def _held(self, names: Iterable[str]) -> dict[str, Memory]:
        return {name: memory(running(self._system, name)) for name in names}


@asynccontextmanager
async def _gateways(system: System, plan: Plan, *, own: str) -> AsyncIterator[list[Contender]]:
    """The system's own gateway and, of those that were asked for, each that is another."""
    async with AsyncExitStack() as stack:
        wanted = [variant for variant in plan.variants if str(variant) != own]
        others = [await stack.enter_async_context(varied(system, variant)) for variant in wanted]
        yield [*others, sluice(system, name=own)]


def _one_for_each_client(gateways: Sequence[Contender], plan: Plan) -> list[Contender]:
    """Uploads do not pass through the transport, so that one gateway for each client says all."""
    found: dict[str, Contender] = {}
    for variant in plan.variants:
        for gateway in gateways:
            if gateway.name == str(variant):
                found.setdefault(variant.client, gateway)
    return list(found.values()) or list(gateways)


async def _search(plan: Plan, *, say: Say) -> Search:
    say(f"an index of {plan.chunks} chunks")
    async with Helper("bench.search", SearchJob(chunks=plan.chunks, searches=SEARCHES)) as helper:
        return Search(**await helper.go())
