"""Streams of Sluice and of the aiohttp service, measured in turn while all hold theirs open."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

from bench.errors import Unmeasured
from bench.gateways import Variant
from bench.plan import Plan
from bench.processes import CpuMeter
from bench.streams.contenders import TOPIC, peer, sluice, varied
from bench.streams.crowd import Crowd, Spell, gathered
from bench.streams.figures import Idle, Load, Per, StreamFigures
from local.system import System
from runtime.limits import allow_open_files

T = TypeVar("T")
Say = Callable[[str], None]

WARM_SECONDS = 1.0
SPARE_FILES = 1000


async def measure(system: System, plan: Plan, *, say: Say) -> StreamFigures:
    """Every load, from few streams to many; the workers have to be stopped.

    The gateway with another client is there for the loads of few streams: what a stream costs does not depend on it.

    Raises:
        Unmeasured: Streams were refused or lost, events did not come, or this machine allows too few open files.
    """
    check_files(plan.most_streams)
    few = [load for load in loads(plan) if load.streams <= plan.burst_streams]
    many = [load for load in loads(plan) if load.streams > plan.burst_streams]
    async with peer(system) as other, gathered(system, sluice(system)) as ours, gathered(system, other) as theirs:
        measuring = _Measuring(plan, partitions=system.gateway.topics[TOPIC].partitions, say=say)
        async with _varied(system, plan) as more:
            await measuring.run([ours, *more, theirs], few)
        return await measuring.run([ours, theirs], many)


@asynccontextmanager
async def _varied(system: System, plan: Plan) -> AsyncIterator[list[Crowd]]:
    """The crowd of the same transport with librdkafka, where it was asked for and the system's own has another."""
    own = Variant.of(system.gateway)
    wanted = [one for one in plan.variants if one.client != own.client][:1]
    if not wanted:
        yield []
        return
    async with varied(system, Variant(own.transport, wanted[0].client)) as other, gathered(system, other) as crowd:
        yield [crowd]


def loads(plan: Plan) -> list[Load]:
    """What is measured, in the order in which streams are opened."""
    busy = [Load(streams=count, rate=plan.events) for count in plan.streams]
    quiet = [Load(streams=count, rate=plan.seldom) for count in plan.quiet]
    return sorted([*busy, *quiet], key=lambda load: (load.streams, -load.rate))


def check_files(streams: int) -> None:
    """Envoy holds two for each stream, and all processes that are started here inherit this one's limit."""
    needed, allowed = 2 * streams + SPARE_FILES, allow_open_files()
    if allowed < needed:
        reason = f"each process needs {needed} open files and may have {allowed}; raise `ulimit -Hn`, or ask for fewer"
        raise Unmeasured(what=f"{streams} streams", reason=f"{reason}: --streams 100 1000 --quiet 500")


async def grown(crowd: Crowd, streams: int) -> Idle:
    """Opens streams until there are so many, and says what those cost that were opened.

    Raises:
        Unmeasured: One was refused.
    """
    opened, before, meter = streams - crowd.open, crowd.memory(), CpuMeter(crowd.contender.pids)
    await crowd.grow(streams)
    return Idle(before=before, after=crowd.memory(), cpu=meter.read(), opened=opened, streams=streams)


class _Measuring:
    """One run, step by step."""

    def __init__(self, plan: Plan, *, partitions: int, say: Say) -> None:
        self._plan = plan
        self._partitions = partitions
        self._say = say
        self._warmed: set[str] = set()
        self._idle: dict[str, Idle] = {}
        self._loads: dict[Load, Per[Spell]] = {}
        self._bursts: Per[Spell] = {}
        self._unwatched: Per[float] = {}

    async def run(self, crowds: Sequence[Crowd], todo: Sequence[Load]) -> StreamFigures:
        """Measures those loads, and returns all that was found so far."""
        for load in todo:
            await self._grow(crowds, load.streams)
            await self._warm(crowds)
            self._say(f"{load.streams} streams, {load.rate:.0f} events a second")
            self._loads[load] = await self._in_turn(crowds, self._of(load))
            if load == Load(streams=self._plan.burst_streams, rate=self._plan.events):
                await self._besides(crowds)
        return StreamFigures(
            loads=self._loads,
            bursts=self._bursts,
            burst_streams=self._plan.burst_streams,
            unwatched=self._unwatched,
            idle=self._idle,
        )

    async def _besides(self, crowds: Sequence[Crowd]) -> None:
        self._say("as many events as they take")
        self._bursts = await self._in_turn(crowds, self._burst)
        self._say("records that nobody watches")
        self._unwatched = await self._in_turn(crowds, self._nobody)

    async def _in_turn(self, crowds: Sequence[Crowd], call: Callable[[Crowd], Awaitable[T]]) -> Per[T]:
        """What the call finds of each contender, round by round, every second one in the other order."""
        found: dict[str, list[T]] = {crowd.contender.name: [] for crowd in crowds}
        for number in range(self._plan.turns):
            for crowd in crowds if number % 2 == 0 else reversed(crowds):
                found[crowd.contender.name].append(await call(crowd))
        return found

    async def _grow(self, crowds: Sequence[Crowd], streams: int) -> None:
        """Opens more streams of each; the last step, which is the greatest, says what an idle one costs."""
        for crowd in crowds:
            if opened := streams - crowd.open:
                self._say(f"opening {opened} streams of {crowd.contender.name}")
                self._idle[crowd.contender.name] = await grown(crowd, streams)

    def _of(self, load: Load) -> Callable[[Crowd], Awaitable[Spell]]:
        seconds = self._plan.spell if load.rate == self._plan.events else self._plan.seconds
        count = max(round(seconds * load.rate), 1)
        return lambda crowd: crowd.spell(count, rate=load.rate, streams=load.streams)

    async def _warm(self, crowds: Sequence[Crowd]) -> None:
        count, rate = round(WARM_SECONDS * self._plan.events), self._plan.events
        for crowd in crowds:
            if crowd.contender.name not in self._warmed:
                self._warmed.add(crowd.contender.name)
                await crowd.spell(count, rate=rate, streams=crowd.open)

    async def _burst(self, crowd: Crowd) -> Spell:
        return await crowd.spell(self._plan.burst, rate=None, streams=crowd.open)

    async def _nobody(self, crowd: Crowd) -> float:
        count = self._plan.burst
        cpu = await crowd.unwatched(count, rate=self._plan.events, partitions=self._partitions)
        return cpu[crowd.contender.server] * 1e6 / count
