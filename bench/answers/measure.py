"""One generator with transactions and one without, in turn, in the same group; and one to which a model speaks."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict

from bench.answers.figures import GENERATOR, VARIANTS, WITH, AnswerFigures, Spoken, Stint
from bench.answers.job import Answered, Asking, AskJob
from bench.answers.variants import generator
from bench.children import child_pid, running
from bench.helper import Helper
from bench.plan import Plan
from bench.processes import CpuMeter
from bench.stats import micros
from bench.streams.contenders import RESULTS
from local.process import Child
from local.system import KAFKA, System

WARM = 60
"""Contexts for every partition, so that a new generator has read what it wants to know of each."""

Say = Callable[[str], None]


async def measure(system: System, plan: Plan, *, say: Say) -> AnswerFigures:
    """Some rounds; the system's workers have to be stopped.

    Raises:
        Unmeasured: Something was not answered, or not once.
    """
    async with _asking(system) as helper:
        return await _Measuring(system, plan, helper=helper, say=say).run()


async def measure_spoken(system: System, plan: Plan, *, say: Say) -> list[Spoken]:
    """Some rounds of one generator; the system's workers have to be stopped, and the stand-in to be there.

    Raises:
        Unmeasured: Something was not answered, or not once.
    """
    async with _asking(system) as helper:
        return await _Measuring(system, plan, helper=helper, say=say).spoken()


@asynccontextmanager
async def _asking(system: System) -> AsyncIterator[Helper]:
    """The results server is away meanwhile: it has its own figures, and would take a part of the cores."""
    await system.stop(RESULTS)
    try:
        async with _helper(system) as helper:
            yield helper
    finally:
        await system.start(RESULTS)


@asynccontextmanager
async def _helper(system: System) -> AsyncIterator[Helper]:
    keys = system.gateway.keys
    job = AskJob(
        bootstrap=system.kafka_bootstrap, ids=keys.ids.get_secret_value(), records=keys.records.get_secret_value()
    )
    async with Helper("bench.answers.ask", job) as helper:
        yield helper


class _Measuring:
    def __init__(self, system: System, plan: Plan, *, helper: Helper, say: Say) -> None:
        self._system = system
        self._plan = plan
        self._helper = helper
        self._say = say

    async def run(self) -> AnswerFigures:
        found: dict[str, list[Stint]] = {name: [] for name in VARIANTS}
        for number in range(self._plan.turns):
            for name in list(VARIANTS)[:: 1 if number % 2 == 0 else -1]:
                self._say(f"answers, round {number + 1} of {self._plan.turns}: {name}")
                async with generator(self._system, name=name, changes=VARIANTS[name]) as child:
                    found[name].append(await self._stint(child))
        return AnswerFigures(stints=found, calm=self._plan.calm)

    async def spoken(self) -> list[Spoken]:
        self._say("answers that a model speaks")
        async with generator(self._system, name="spoken to", changes=VARIANTS[WITH]) as child:
            await self._spoken(child, WARM)
            return [await self._spoken(child, self._plan.spoken) for _ in range(self._plan.turns)]

    async def _spoken(self, child: Child, count: int) -> Spoken:
        meter = self._meter(child)
        await self._write(count, spoken=True)
        answered = await self._answered(child)
        return Spoken(
            answers=count,
            tokens=answered.tokens / count,
            events=answered.deltas / count,
            cpu={name: micros(seconds, count) for name, seconds in meter.read().items()},
        )

    async def _stint(self, child: Child) -> Stint:
        await self._write(WARM)
        await self._answered(child)
        await self._write(max(round(self._plan.spell * self._plan.calm), 1), rate=self._plan.calm)
        calm = await self._answered(child)
        rate, cpu = await self._backlog(child, self._plan.backlog)
        return Stint(rate=rate, cpu=cpu, ends=calm.ends, texts=calm.texts)

    async def _backlog(self, child: Child, count: int) -> tuple[float, dict[str, float]]:
        """Written while the generator stands still, so that from its first moment on all of it waits."""
        child.pause()
        await self._write(count)
        meter, start = self._meter(child), time.time()
        child.resume()
        answered = await self._answered(child)
        cpu = {name: micros(seconds, count) for name, seconds in meter.read().items()}
        return count / (answered.last - start), cpu

    def _meter(self, child: Child) -> CpuMeter:
        return CpuMeter({GENERATOR: child_pid(child, child.name), KAFKA: running(self._system, KAFKA)})

    async def _write(self, count: int, *, rate: float | None = None, spoken: bool = False) -> None:
        await self._helper.go(asdict(Asking(count=count, rate=rate, spoken=spoken)))

    async def _answered(self, child: Child) -> Answered:
        return Answered(**await self._helper.go("answered")).checked(child.name)
