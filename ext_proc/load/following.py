"""A processor's own look at the topic of loads: from now on, for as long as it lives, through every outage."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bus.errors import BusError
from bus.ports import Bus
from ext_proc.load.reports import Reports

BACKOFF = 1.0
"""Seconds between tries while Kafka does not answer."""

_log = logging.getLogger("sluice.load")


@asynccontextmanager
async def following(bus: Bus, reports: Reports, *, backoff: float = BACKOFF) -> AsyncIterator[None]:
    """Follows while the context is open. Nobody waits for it: until a worker has said something, nothing is known.

    What was said before is left unread, and so is what was said during an outage.
    """
    async with asyncio.TaskGroup() as tasks:
        work = tasks.create_task(_follow(bus, reports, backoff=backoff), name="load")
        try:
            yield
        finally:
            work.cancel()


async def _follow(bus: Bus, reports: Reports, *, backoff: float) -> None:
    complained = False
    while True:
        try:
            async with bus.tail(topics=(reports.topic,)) as tail:
                complained = False
                async for batch in tail.batches():
                    reports.push(batch)
        except BusError as error:
            if not complained:
                _log.warning("what waits is not known for now: %s", error)
            complained = True
            await asyncio.sleep(backoff)
