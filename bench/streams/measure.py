"""Streams of Sluice and of the aiohttp service, measured in turn while both hold theirs open."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from bench.errors import Unmeasured
from bench.plan import Plan
from bench.streams.contenders import TOPIC, peer, sluice
from bench.streams.crowd import Crowd, Spell, gathered
from bench.streams.figures import Idle, Load, StreamFigures
from local.system import System
from runtime.limits import allow_open_files

T = TypeVar("T")
Say = Callable[[str], None]
Per = Mapping[str, Sequence[T]]

WARM_SECONDS = 1.0
SPARE_FILES = 1000


async def measure(system: System, plan: Plan, *, say: Say) -> StreamFigures:
    """Every load, from few streams to many; the workers have to be stopped.

    Raises:
        Unmeasured: Streams were refused or lost, events did not come, or this machine allows too few open files.
    """
    check_files(plan.most_streams)
    async with (
        peer(system) as other,
        gathered(system, sluice(system)) as ours,
        gathered(system, other) as theirs,
    ):
        partitions = system.gateway.topics[TOPIC].partitions
        return await _Measuring((ours, theirs), plan, partitions=partitions, say=say).run()


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


class _Measuring:
    """One run, step by step."""

    def __init__(self, crowds: Sequence[Crowd], plan: Plan, *, partitions: int, say: Say) -> None:
        self._crowds = crowds
        self._plan = plan
        self._partitions = partitions
        self._say = say
        self._idle: dict[str, Idle] = {}

    async def run(self) -> StreamFigures:
        plan, found = self._plan, dict[Load, Per[Spell]]()
        todo = loads(plan)
        await self._grow(todo[0].streams)
        await self._in_turn(self._warm)
        self._say("records that nobody watches")
        unwatched = await self._in_turn(self._unwatched)
        bursts: Per[Spell] = {}
        for load in todo:
            await self._grow(load.streams)
            self._say(f"{load.streams} streams, {load.rate:.0f} events a second")
            found[load] = await self._in_turn(self._of(load))
            if load == Load(streams=plan.burst_streams, rate=plan.events):
                self._say(f"{load.streams} streams, as many events as they take")
                bursts = await self._in_turn(self._burst)
        return StreamFigures(
            loads=found, bursts=bursts, burst_streams=plan.burst_streams, unwatched=unwatched, idle=self._idle
        )

    async def _in_turn(self, call: Callable[[Crowd], Awaitable[T]]) -> Per[T]:
        """What the call finds of each contender, round by round, every second one in the other order."""
        found: dict[str, list[T]] = {crowd.contender.name: [] for crowd in self._crowds}
        for number in range(self._plan.turns):
            for crowd in self._crowds if number % 2 == 0 else reversed(self._crowds):
                found[crowd.contender.name].append(await call(crowd))
        return found

    async def _grow(self, streams: int) -> None:
        """Opens more streams of each; the last step, which is the greatest, says what an idle one costs."""
        for crowd in self._crowds:
            opened = streams - crowd.open
            if not opened:
                continue
            self._say(f"opening {opened} streams of {crowd.contender.name}")
            before = crowd.memory()
            await crowd.grow(streams)
            self._idle[crowd.contender.name] = Idle(before=before, after=crowd.memory(), opened=opened, streams=streams)

    def _of(self, load: Load) -> Callable[[Crowd], Awaitable[Spell]]:
        seconds = self._plan.spell if load.rate == self._plan.events else self._plan.seconds
        count = max(round(seconds * load.rate), 1)
        return lambda crowd: crowd.spell(count, rate=load.rate, streams=load.streams)

    async def _warm(self, crowd: Crowd) -> None:
        await crowd.spell(round(WARM_SECONDS * self._plan.events), rate=self._plan.events, streams=crowd.open)

    async def _burst(self, crowd: Crowd) -> Spell:
        return await crowd.spell(self._plan.burst, rate=None, streams=crowd.open)

    async def _unwatched(self, crowd: Crowd) -> float:
        count = self._plan.burst
        cpu = await crowd.unwatched(count, rate=self._plan.events, partitions=self._partitions)
        return cpu[crowd.contender.server] * 1e6 / count
