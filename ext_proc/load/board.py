"""What every worker said last of its load, and what that comes to for a query."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from ext_proc.load.forecast import Forecast, Place
from ext_proc.load.stage import Report, Stage
from runtime.clock import Clock
from runtime.settings.identity import TierSettings
from schemas.load import Load

STAGES = ("retriever", "generator")
"""Those that a query passes, in order, by the names of metrics; what others say is not listened to."""

SILENT = 10.0
"""Seconds after which a worker that says nothing is taken to be gone."""

SKEW = 5.0
"""Seconds that a worker's clock may be behind ours; what it says is passed over as old if it is further behind."""

WORKERS = 256
"""At most; past that a new one is passed over until another has gone, so that the estimate is too long, and no worse."""

_log = logging.getLogger("sluice.load")


@dataclass(frozen=True, slots=True)
class _Heard:
    """`when` is by our clock, in seconds that only grow."""

    report: Report
    when: float


class Board:
    """Keeps the newest load of each worker. Everything happens on the event loop.

    Args:
        tiers: From the lowest to the highest.
        clock: Ours.
    """

    def __init__(self, *, tiers: Sequence[TierSettings], clock: Clock) -> None:
        self._weights = {tier.name: tier.weight for tier in tiers}
        self._lowest = tiers[0].name
        self._clock = clock
        self._heard: dict[str, _Heard] = {}
        self._forecast: Forecast | None = None
        self._good_until = inf
        self._complained = False

    def note(self, worker: str, load: Load, *, at: int) -> None:
        """Takes in what a worker has said at that time (ms since the epoch, by its own clock)."""
        if load.stage not in STAGES or at < self._clock.now_ms() - (SILENT + SKEW) * 1000:
            return
        if load.leaving:
            self._heard.pop(worker, None)
        elif self._has_room(worker):
            self._heard[worker] = _Heard(Report(load, at), self._clock.monotonic())
        self._forecast = None

    def wait(self, tier: str) -> float | None:
        """Seconds that a query of the tier would wait for its turn that came now.

        `None` where nothing is known: no worker has said anything, or none of them has handled anything yet.
        """
        return self._now().wait(tier)

    def place(self, tier: str, asked_at: int) -> Place | None:
        """Where a query of the tier stands that was asked then (ms since the epoch) and that has not begun.

        `None` where no worker has said anything.
        """
        return self._now().place(tier, asked_at)

    def _now(self) -> Forecast:
        if self._forecast is None or self._clock.monotonic() >= self._good_until:
            self._forget()
            self._forecast = Forecast([self._stage(name) for name in STAGES], weights=self._weights)
        return self._forecast

    def _stage(self, name: str) -> Stage | None:
        reports = [heard.report for heard in self._heard.values() if heard.report.load.stage == name]
        return Stage(reports, lowest=self._lowest) if reports else None

    def _forget(self) -> None:
        now = self._clock.monotonic()
        self._heard = {name: heard for name, heard in self._heard.items() if heard.when + SILENT > now}
        self._good_until = min((heard.when for heard in self._heard.values()), default=inf) + SILENT

    def _has_room(self, worker: str) -> bool:
        if worker in self._heard or len(self._heard) < WORKERS:
            return True
        self._forget()
        if len(self._heard) < WORKERS:
            return True
        if not self._complained:
            self._complained = True
            _log.warning("more workers say what waits for them than are listened to", extra={"limit": WORKERS})
        return False
