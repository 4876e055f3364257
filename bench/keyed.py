"""POSTs with an Idempotency-Key: a fresh one in each, and the same ones again, whose answers are replayed."""

import uuid
from dataclasses import dataclass, replace

from bench.body import DOCUMENT, DOCUMENTS, with_keys
from bench.contenders import Contender
from bench.http1 import NUMBER
from bench.job import LoadJob
from bench.plan import Plan
from bench.slices import Slice, taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyed:
    """Both slices, at the fixed rate; `replayed` where the contender remembers keys."""

    fresh: Slice
    replayed: Slice | None


async def keyed(contender: Contender, plan: Plan) -> Keyed:
    """Both slices of a contender.

    Raises:
        Unmeasured: A request was not accepted, or one that was sent again was not answered by a replay.
    """
    fresh = await taken(contender, _job(contender, plan, keys=f"{_run()}-{NUMBER}"))
    return Keyed(fresh=fresh, replayed=await _replayed(contender, plan) if contender.remembers else None)


async def _replayed(contender: Contender, plan: Plan) -> Slice:
    """Each request once, which is not measured, and then all of them over and over."""
    again = _job(contender, plan, keys=f"{_run()}-{DOCUMENT}")
    await taken(contender, replace(again, seconds=DOCUMENTS / plan.rate))
    return await taken(contender, again, replayed=True)


def _run() -> str:
    """What sets the keys of one slice apart from those of all others."""
    return uuid.uuid4().hex


def _job(contender: Contender, plan: Plan, *, keys: str) -> LoadJob:
    requests = with_keys(contender.requests, keys)
    return LoadJob(at=contender.at, requests=requests, connections=plan.connections, seconds=plan.spell, rate=plan.rate)
