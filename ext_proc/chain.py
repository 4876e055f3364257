"""A route's plugins, in order, and the one loop that runs them."""

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from ext_proc.errors import reply_for
from ext_proc.exchange import Exchange
from ext_proc.plan import RoutePlan
from ext_proc.reply import Reply, problem
from runtime.metrics import GatewayMetrics

Step = Callable[[Exchange], Awaitable[Reply | None]]

_log = logging.getLogger("sluice.chain")


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedStep:
    """One plugin's part in one phase."""

    plugin: str
    run: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """What is done with a request on one route; the declared order is the order of execution."""

    route: str
    plan: RoutePlan
    on_headers: Sequence[TimedStep]
    on_body: Sequence[TimedStep]
    metrics: GatewayMetrics

    async def headers(self, exchange: Exchange) -> Reply | None:
        """Runs the headers phase."""
        return await self._run("headers", self.on_headers, exchange)

    async def body(self, exchange: Exchange) -> Reply | None:
        """Runs the body phase for one record."""
        return await self._run("body", self.on_body, exchange)

    def end(self, exchange: Exchange) -> Reply | None:
        """After the last step: nothing, if the request goes upstream; else nobody answered, which fails closed."""
        if self.plan.cluster is not None:
            return None
        _log.error("no plugin answered", extra={"route": self.route})
        return problem(
            500, "internal", "The request could not be handled.", instance=exchange.path, trace_id=exchange.trace_id
        )

    async def _run(self, phase: str, steps: Sequence[TimedStep], exchange: Exchange) -> Reply | None:
        for step in steps:
            started = time.perf_counter()
            try:
                reply = await step.run(exchange)
            except Exception as error:  # noqa: BLE001  # the last resort: every failure becomes an answer, none passes
                reply = reply_for(error, exchange)
            self.metrics.plugin.labels(step.plugin, phase).observe(time.perf_counter() - started)
            if reply is not None:
                return reply
        return None
