"""The other gateway and ours, in turn, in one run."""

import tempfile
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bench.contenders import sluice, varied
from bench.gateways import Variant
from bench.other.contender import Asking, posting, streaming
from bench.other.plan import Plan
from bench.posts import Round, alternate
from bench.run import ENVIRON
from bench.streams.contenders import sluice as our_streams
from bench.streams.crowd import Crowd, Spell, crowd, gathered
from bench.streams.figures import Idle, Load, StreamFigures
from bench.streams.job import WatchJob, WriteJob
from bench.streams.measure import grown
from local.commands import STAND_IN, WORKERS
from local.system import System

OPENED = "HTTP/1.1 200"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was measured of both; empty where it was not asked for. `to` is the other one's name."""

    posts: dict[str, list[Round]] = field(default_factory=dict)
    streams: StreamFigures | None = None
    to: str = ""


async def measure(plan: Plan, *, say: Say) -> Figures:
    """POSTs and streams, on a system of our own that is gone afterwards; the other one is somebody else's to run.

    Raises:
        BenchError: Something could not be measured.
        LocalError: Our system does not start.
    """
    idle = (*WORKERS, STAND_IN)
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as home:
        say("starting Kafka, Envoy and the gateway's processes")
        async with System(Path(home), environ=ENVIRON, idle=idle) as system:
            posts = await _posts(system, plan, say=say) if plan.post else {}
            streams = await _streams(system, plan, say=say) if plan.sse else None
    return Figures(posts=posts, streams=streams, to=plan.name)


async def _posts(system: System, plan: Plan, *, say: Say) -> dict[str, list[Round]]:
    own = str(Variant.of(system.gateway))
    async with AsyncExitStack() as stack:
        wanted = [one for one in plan.measures.variants if str(one) != own]
        ours = [await stack.enter_async_context(varied(system, one)) for one in wanted]
        return await alternate((*ours, sluice(system, name=own), posting(plan)), plan.measures, say=say)


async def _streams(system: System, plan: Plan, *, say: Say) -> StreamFigures:
    other = streaming(plan)
    watching = WatchJob(at=other.at, opened=OPENED)
    writing = WriteJob(bootstrap=plan.kafka, topic=plan.topic, secret="none of ours") if plan.kafka else None
    async with (
        gathered(system, our_streams(system)) as ours,
        crowd(other, Asking(plan), watching=watching, writing=writing) as theirs,
    ):
        idle: dict[str, Idle] = {}
        for one in (ours, theirs):
            say(f"opening {plan.streams} streams, {one.contender.name}")
            idle[one.contender.name] = await grown(one, plan.streams)
        spells = await _spells((ours, theirs), plan, say=say) if writing else {}
    load = Load(streams=plan.streams, rate=plan.measures.events)
    return StreamFigures(loads={load: spells} if spells else {}, bursts={}, burst_streams=0, unwatched={}, idle=idle)


async def _spells(crowds: Sequence[Crowd], plan: Plan, *, say: Say) -> dict[str, list[Spell]]:
    """Every second round in the other order, after one that warms up."""
    found: dict[str, list[Spell]] = {one.contender.name: [] for one in crowds}
    count, rate = max(round(plan.measures.spell * plan.measures.events), 1), plan.measures.events
    for one in crowds:
        await one.spell(count // 4 + 1, rate=rate, streams=plan.streams)
    for number in range(plan.measures.turns):
        for one in crowds if number % 2 == 0 else reversed(crowds):
            say(f"events, round {number + 1} of {plan.measures.turns}: {one.contender.name}")
            found[one.contender.name].append(await one.spell(count, rate=rate, streams=plan.streams))
    return found
