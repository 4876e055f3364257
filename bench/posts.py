"""Accepted POSTs: at full rate and at a fixed one, the contenders in turn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.contenders import Contender
from bench.job import LoadJob
from bench.keyed import Keyed, keyed
from bench.plan import Plan
from bench.slices import Slice, taken

WARM_SECONDS = 5.0

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """The slices of a contender; `keyed` where it knows what an Idempotency-Key is."""

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
            full = await taken(contender, _job(contender, plan, seconds=plan.seconds))
            fixed = await taken(contender, _job(contender, plan, seconds=plan.seconds, rate=plan.rate))
            with_keys = await keyed(contender, plan) if contender.keyed else None
            rounds[contender.name].append(Round(full=full, fixed=fixed, keyed=with_keys))
    return rounds


def _job(contender: Contender, plan: Plan, *, seconds: float, rate: float | None = None) -> LoadJob:
    return LoadJob(
        port=contender.port, requests=contender.requests, connections=plan.connections, seconds=seconds, rate=rate
    )
