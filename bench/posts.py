"""Accepted POSTs: at full rate and at a fixed one, the contenders in turn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.contenders import Contender
from bench.job import LoadJob
from bench.keyed import Keyed, keyed
from bench.plan import Plan
from bench.slices import Slice, taken

WARM_SECONDS = 3.0

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """The slices of a contender; `keyed` where it knows what an Idempotency-Key is, in some of its rounds."""

    full: Slice
    fixed: Slice
    keyed: Keyed | None = None


async def alternate(contenders: Sequence[Contender], plan: Plan, *, say: Say) -> dict[str, list[Round]]:
    """The rounds of each contender, in turn, so that what else the machine does meets all of them.

    Every second round is in the other order: nobody always follows the same one.

    Raises:
        Unmeasured: A request was not accepted.
    """
    rounds: dict[str, list[Round]] = {contender.name: [] for contender in contenders}
    for contender in contenders:
        await taken(contender, _job(contender, plan, seconds=min(WARM_SECONDS, plan.seconds)))
    for number in range(plan.rounds):
        for contender in contenders if number % 2 == 0 else reversed(contenders):
            say(f"posts, round {number + 1} of {plan.rounds}: {contender.name}")
            with_keys = contender.keyed and number < plan.turns
            rounds[contender.name].append(await _round(contender, plan, with_keys=with_keys))
    return rounds


async def _round(contender: Contender, plan: Plan, *, with_keys: bool) -> Round:
    return Round(
        full=await taken(contender, _job(contender, plan, seconds=plan.spell)),
        fixed=await taken(contender, _job(contender, plan, seconds=plan.seconds, rate=plan.rate)),
        keyed=await keyed(contender, plan) if with_keys else None,
    )


def _job(contender: Contender, plan: Plan, *, seconds: float, rate: float | None = None) -> LoadJob:
    return LoadJob(
        at=contender.at, requests=contender.requests, connections=plan.connections, seconds=seconds, rate=rate
    )
