"""A run: load and readers, harm, quiet, and the account."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from random import Random

from local.system import System
from tests.chaos.account import embedded, violations
from tests.chaos.evidence import Evidence
from tests.chaos.load import Load
from tests.chaos.log import Log, following
from tests.chaos.plan import Round
from tests.chaos.readers import Readers
from tests.chaos.report import Report, figures
from tests.chaos.rig import calls

QUIET = 240.0  # seconds in which everything that was accepted must have ended
LOOK = 0.5  # seconds between two looks at the log
STILL = 4  # looks in a row at which nothing has come


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a run is made.

    Attributes:
        seed: Chooses what clients do.
        rounds: For the report; `harm` is what inflicts them.
        per_second: Exchanges that clients begin.
        share: Of the queries whose streams are read.
        idempotent: Whether `Idempotency-Key` promises something.
    """

    seed: int
    rounds: Sequence[Round] = ()
    per_second: float = 4.0
    share: float = 0.3
    idempotent: bool = True


async def run(system: System, settings: Settings, harm: Callable[[], Awaitable[None]]) -> Report:
    """Keeps up the load while `harm` is done, waits until nothing is left to do, and accounts for all of it."""
    started = time.monotonic()
    async with following(system.gateway.kafka) as log:
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as reading, AsyncExitStack() as stack:
            readers = Readers(system, reading, Random(f"readers.{settings.seed}"), settings.share)
            load = Load(system, f"{settings.seed}.{time.time_ns() // 1_000_000}", on_accepted=readers.follow)
            await stack.enter_async_context(load)
            posting = asyncio.create_task(load.run(stop, per_second=settings.per_second))
            try:
                await harm()
            finally:
                stop.set()
                await posting
        harmed = time.monotonic()
        await _quiet(log, load)
        found = Evidence(
            sent=load.sent, log=log.records, calls=await calls(system), readers=readers.all, odd=readers.odd
        )
    return Report(
        seed=settings.seed,
        rounds=settings.rounds,
        seconds={"load and readers": harmed - started, "until quiet": time.monotonic() - harmed},
        figures=figures(found),
        violations=violations(found, idempotent=settings.idempotent),
    )


async def _quiet(log: Log, load: Load) -> None:
    """Returns once every query has ended and nothing comes any more; or, where that does not happen, after `QUIET`."""
    deadline, still = time.monotonic() + QUIET, 0
    while time.monotonic() < deadline and still < STILL:
        came = await log.catch_up()
        found = Evidence(sent=load.sent, log=log.records, calls={}, readers=(), odd=())
        done = all(stream.ends for stream in found.streams.values()) and not any(embedded(found))
        still = still + 1 if done and not came else 0
        await asyncio.sleep(LOOK)
