"""One contender for some seconds."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.contenders import Contender
from bench.errors import Unmeasured
from bench.helper import Helper
from bench.job import LoadJob, LoadResult
from bench.processes import CpuMeter
from bench.stats import micros
from local.system import KAFKA


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """One contender for some seconds.

    Attributes:
        rate: Accepted a second.
        cpu: CPU microseconds of each accepted, by process.
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
        return sum(spent for name, spent in self.cpu.items() if name != KAFKA)


async def taken(contender: Contender, job: LoadJob, *, replayed: bool = False) -> Slice:
    """A slice of that load.

    Raises:
        Unmeasured: As `summary`.
    """
    async with Helper("bench.load", job) as helper:
        meter = CpuMeter(contender.pids)
        result = LoadResult(**await helper.go())
        cpu = meter.read()
    return summary(contender, result, cpu, replayed=replayed)


def summary(contender: Contender, result: LoadResult, cpu: dict[str, float], *, replayed: bool = False) -> Slice:
    """What a slice comes to, of answers that were all replayed, or none of them.

    Raises:
        Unmeasured: A request was not accepted: refusing is cheaper than accepting, so the figures would flatter.
            Or it was replayed and should not have been, or the other way round.
    """
    accepted = sum(result.statuses.values())
    if not accepted or not contender.accepts >= set(result.statuses):
        raise Unmeasured(what=contender.name, reason=f"it answered {dict(result.statuses)}")
    if result.replayed != (accepted if replayed else 0):
        raise Unmeasured(what=contender.name, reason=f"of {accepted} answers {result.replayed} were replayed")
    return Slice(
        rate=accepted / result.seconds,
        cpu={process: micros(seconds, accepted) for process, seconds in cpu.items()},
        latencies=result.latencies,
        late=result.late,
        generator=result.cpu / result.seconds,
    )
