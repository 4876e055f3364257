"""A route's plugins, in order, and the one loop that runs them."""

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from ext_proc.bulk.array import Arrays, is_array
from ext_proc.bulk.lines import Lines
from ext_proc.completion import Completion
from ext_proc.errors import reply_for
from ext_proc.exchange import Exchange
from ext_proc.plan import RoutePlan
from ext_proc.reply import Reply, problem

Step = Callable[[Exchange], Awaitable[Reply | None]]


class Timer(Protocol):
    """Where a step's time is counted; looked up once, when the chain is built."""

    def observe(self, amount: float) -> None:
        """Counts so many seconds."""


_log = logging.getLogger("sluice.chain")


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedStep:
    """One plugin's part in one phase."""

    run: Step
    seconds: Timer


@dataclass(frozen=True, slots=True, kw_only=True)
class Many:
    """A route's ways with many records."""

    lines: Lines
    arrays: Arrays


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """What is done with a request on one route; the declared order is the order of execution.

    Where it is `bare`, errors are answered without a body.
    With a `completion` the body phase runs to its end, also where the client has gone away.
    With `many` it takes many records at once too: as an upload, or as an array.
    """

    route: str
    bare: bool = False
    plan: RoutePlan
    on_headers: Sequence[TimedStep]
    on_body: Sequence[TimedStep]
    completion: Completion | None = None
    many: Many | None = None

    async def headers(self, exchange: Exchange) -> Reply | None:
        """Runs the headers phase."""
        return await _run(self.on_headers, exchange)

    async def body(self, exchange: Exchange) -> Reply | None:
        """Runs the body phase, for one record or for an array of them."""
        if self.many is not None and is_array(exchange.body):
            run = partial(_array, self.many.arrays, exchange)
        else:
            run = partial(_run, self.on_body, exchange)
        return await run() if self.completion is None else await self.completion.run(run)

    def end(self, exchange: Exchange) -> Reply | None:
        """After the last step: nothing, if the request goes upstream; else nobody answered, which fails closed."""
        if self.plan.cluster is not None:
            return None
        _log.error("no plugin answered", extra={"route": self.route})
        return problem(
            500, "internal", "The request could not be handled.", instance=exchange.path, trace_id=exchange.trace_id
        )


async def _array(arrays: Arrays, exchange: Exchange) -> Reply | None:
    try:
        return await arrays.answer(exchange)
    except Exception as error:  # noqa: BLE001  # as below
        return reply_for(error, exchange)


async def _run(steps: Sequence[TimedStep], exchange: Exchange) -> Reply | None:
    for step in steps:
        started = time.perf_counter()
        try:
            reply = await step.run(exchange)
        except Exception as error:  # noqa: BLE001  # the last resort: every failure becomes an answer, none passes
            reply = reply_for(error, exchange)
        step.seconds.observe(time.perf_counter() - started)
        if reply is not None:
            return await _ended(reply, exchange)
    return None


async def _ended(reply: Reply, exchange: Exchange) -> Reply:
    for ending in reversed(exchange.endings):
        try:
            reply = await ending(reply)
        except Exception as error:  # noqa: BLE001  # as above
            reply = reply_for(error, exchange)
    return reply
