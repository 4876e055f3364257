"""Accepted POSTs: at full rate and at a fixed one, the contenders in turn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.contenders import Contender
from bench.errors import Unmeasured
from bench.helper import Helper
from bench.job import LoadJob, LoadResult
from bench.plan import Plan
from bench.processes import CpuMeter
from bench.stats import per_thousand
from local.system import KAFKA

ACCEPTED = "202"
WARM_SECONDS = 5.0

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """One contender for some seconds.

    Attributes:
        rate: Accepted a second.
        cpu: CPU seconds for 1000 accepted, by process.
        latencies: Milliseconds.
        late: Milliseconds by which the load generator itself was late.
        generator: How much of one core the load generator used.
    """

    rate: float
    cpu: dict[str, float]
    latencies: Sequence[float]
    late: Sequence[float]
    generator: float

    @property
    def own_cpu(self) -> float:
        """Of the contender's processes together, without the broker."""
        return sum(seconds for name, seconds in self.cpu.items() if name != KAFKA)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Both slices of a contender."""

    full: Slice
    fixed: Slice


async def alternate(contenders: Sequence[Contender], plan: Plan, *, say: Say) -> dict[str, list[Round]]:
    """The rounds of each contender, in turn, so that what else the machine does meets all of them.

    Every second round is in the other order: nobody always follows the same one.

    Raises:
        Unmeasured: A request was not accepted.
    """
    rounds: dict[str, list[Round]] = {contender.name: [] for contender in contenders}
    for contender in contenders:
        await _slice(contender, _job(contender, plan, seconds=min(WARM_SECONDS, plan.seconds)))
    for number in range(plan.rounds):
        for contender in contenders if number % 2 == 0 else reversed(contenders):
            say(f"posts, round {number + 1} of {plan.rounds}: {contender.name}")
            full = await _slice(contender, _job(contender, plan, seconds=plan.seconds))
            fixed = await _slice(contender, _job(contender, plan, seconds=plan.seconds, rate=plan.rate))
            rounds[contender.name].append(Round(full=full, fixed=fixed))
    return rounds


def _job(contender: Contender, plan: Plan, *, seconds: float, rate: float | None = None) -> LoadJob:
    return LoadJob(
        port=contender.port, requests=contender.requests, connections=plan.connections, seconds=seconds, rate=rate
    )


async def _slice(contender: Contender, job: LoadJob) -> Slice:
    async with Helper("bench.load", job) as helper:
        meter = CpuMeter(contender.pids)
        result = LoadResult(**await helper.go())
        cpu = meter.read()
    return summary(contender.name, result, cpu)


def summary(name: str, result: LoadResult, cpu: dict[str, float]) -> Slice:
    """What a slice comes to.

    Raises:
        Unmeasured: A request was not accepted: refusing is cheaper than accepting, so the figures would flatter.
    """
    if set(result.statuses) != {ACCEPTED}:
        raise Unmeasured(what=name, reason=f"it answered {dict(result.statuses)}")
    accepted = result.statuses[ACCEPTED]
    return Slice(
        rate=accepted / result.seconds,
        cpu={process: per_thousand(seconds, accepted) for process, seconds in cpu.items()},
        latencies=result.latencies,
        late=result.late,
        generator=result.cpu / result.seconds,
    )
