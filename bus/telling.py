"""Lets the listener of a member hear of a change, for as long as a rebalance may take and no longer."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bus.records import Partition

Hear = Callable[[frozenset[Partition]], Awaitable[None]]

log = logging.getLogger(__name__)


async def tell(
    hear: Hear, partitions: frozenset[Partition], *, patience: float, failed: Callable[[BaseException], None]
) -> None:
    """Returns once it has heard, or `patience` seconds have passed; `failed` is told of what it raised."""
    try:
        await asyncio.wait_for(hear(partitions), patience)
    except TimeoutError:
        log.warning("a rebalance went on after %g s without its listener, for %s", patience, sorted(partitions))
    except Exception as error:  # noqa: BLE001 - the owner of the consumer is told; the group is not held up
        failed(error)
