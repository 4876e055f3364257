"""`admit`: a query that would wait for longer than its tier allows is refused at once, and told when to come back."""

from functools import partial
from math import ceil, nan
from typing import ClassVar

from ext_proc.described.answers import RETRY, SECONDS
from ext_proc.described.part import TEXT, Answer, Part
from ext_proc.exchange import Exchange
from ext_proc.plugin import Services
from ext_proc.reply import Reply, problem
from runtime.settings.base import Section
from runtime.settings.gateway import Gateway

REDUCED = "temporary-reduced-capacity"
"""As draft-ietf-httpapi-ratelimit-headers names this problem."""

LONGEST = 300
"""Seconds of `Retry-After` at most: an estimate of what comes later than that is worth little."""

_KEY = "idempotency-key"


class AdmitSettings(Section):
    """There is nothing to set: the limits are `max_wait` of each tier."""


class AdmitPlugin:
    """Answers 503 with `Retry-After` where the caller's tier would have to wait for longer than its `max_wait`.

    How long that is follows from what the workers say on `workers.load`; while they say nothing, nobody is refused.
    It writes nothing, and stands before whatever writes the record. It takes part when the headers are here; a request
    with an Idempotency-Key is looked at after its body, so that one which was accepted before, as a plugin that stands
    before this one has found (`exchange.receipt`), gets its answer again.
    """

    name: ClassVar[str] = "admit"
    alone: ClassVar[bool] = True
    needs: ClassVar[frozenset[str]] = frozenset({"identity"})
    Settings: ClassVar[type[AdmitSettings]] = AdmitSettings

    def __init__(self, settings: AdmitSettings, services: Services) -> None:
        if services.gateway.workers.load is None:
            msg = "workers.load names no topic, so nothing would ever be known of what waits"
            raise ValueError(msg)
        self._board = services.board
        self._limits = {tier.name: tier.max_wait for tier in services.gateway.tiers}
        self._admissions = services.metrics.admissions
        for tier in self._limits:
            services.metrics.expected_wait.labels(tier).set_function(partial(self._expected, tier))

    @classmethod
    def described(cls, settings: AdmitSettings, gateway: Gateway) -> Part:
        """As `Describes`."""
        told = {"tier": TEXT, "expected_wait": SECONDS}
        says = "It would wait for longer than its tier allows; nothing was stored."
        return Part(answers=(Answer.problem(503, REDUCED, says, members=told, headers=RETRY),))

    async def on_headers(self, exchange: Exchange) -> Reply | None:
        """Decides, unless the body may yet show that the request was accepted before."""
        return None if _KEY in exchange.headers else self._decided(exchange)

    async def on_body(self, exchange: Exchange) -> Reply | None:
        """Decides on the others."""
        return self._decided(exchange) if _KEY in exchange.headers and exchange.receipt is None else None

    def _decided(self, exchange: Exchange) -> Reply | None:
        tier = exchange.caller().tier
        limit, wait = self._limits.get(tier), self._board.wait(tier)
        if limit is None or wait is None or wait <= limit:
            self._admissions.labels("unknown" if wait is None else "admitted", tier).inc()
            return None
        self._admissions.labels("refused", tier).inc()
        return _refusal(exchange, wait=wait, limit=limit)

    def _expected(self, tier: str) -> float:
        wait = self._board.wait(tier)
        return nan if wait is None else wait


def _refusal(exchange: Exchange, *, wait: float, limit: float) -> Reply:
    """While nobody is admitted, the wait falls by a second each second."""
    after = min(max(ceil(wait - limit), 1), LONGEST)
    tier = exchange.caller().tier
    return problem(
        503,
        REDUCED,
        f"More is waiting than can be begun within the {limit:g} s that tier {tier} waits at most. "
        f"Nothing was stored; send it again in {after} s.",
        instance=exchange.path,
        trace_id=exchange.trace_id,
        headers=(("retry-after", str(after)),),
        extensions={"tier": tier, "expected_wait": ceil(wait)},
    )
