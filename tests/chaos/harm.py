"""Does to a running system what a plan says."""

import asyncio
import os
import signal
from collections.abc import Callable, Sequence

from local.system import System
from tests.chaos.plan import BROKER, Harm, Round


async def inflict(system: System, round_: Round) -> None:
    """Returns once everybody is up and ready again."""
    async with asyncio.TaskGroup() as harms:
        for harm in round_.harms:
            harms.create_task(_inflict(system, harm))


async def inflict_all(
    system: System, rounds: Sequence[Round], *, apart: float, notice: Callable[[str], None] = lambda _: None
) -> None:
    """One round after the other, with so many seconds between them; `notice` is told of each before it begins."""
    for number, round_ in enumerate(rounds, 1):
        notice(f"{number}/{len(rounds)} {round_}")
        await inflict(system, round_)
        await asyncio.sleep(apart)


async def _inflict(system: System, harm: Harm) -> None:
    if harm.how == "freeze":
        await _freeze(system, harm)
        return
    part = system.kafka if harm.victim == BROKER else system.child(harm.victim)
    await (part.kill() if harm.how == "kill" else part.stop())
    await asyncio.sleep(harm.seconds)
    await part.start()


async def _freeze(system: System, harm: Harm) -> None:
    pid = system.pid(harm.victim)
    assert pid, f"{harm.victim} does not run"
    os.killpg(pid, signal.SIGSTOP)  # whatever it has started is frozen with it
    try:
        await asyncio.sleep(harm.seconds)
    finally:
        os.killpg(pid, signal.SIGCONT)
