"""Which queries are too old to be worked on, by the deadlines of their tiers."""

from bus.records import Received
from runtime.clock import Clock
from runtime.metrics import WorkerMetrics
from runtime.settings.gateway import Gateway
from workers.errors import Expired


class Deadlines:
    """Those of one stage. A query's age counts from when its record was written."""

    def __init__(self, *, stage: str, gateway: Gateway, metrics: WorkerMetrics, clock: Clock) -> None:
        self._stage = stage
        self._gateway = gateway
        self._metrics = metrics
        self._clock = clock
        for tier in gateway.tiers:  # from 0 on, or the first one would be no increase
            metrics.expired.labels(stage, tier.name)

    def check(self, record: Received, *, asked_at: int, known: bool = False) -> None:
        """Returns where the query is still to be worked on, and counts it where it is not.

        Args:
            record: What follows from the query, or is it.
            asked_at: When it was asked, in ms since the epoch.
            known: An earlier stage has found it too old, by its clock.

        Raises:
            Expired: It is past the deadline of its tier.
        """
        tier = self._gateway.tier(record.header("user-tier"))
        age = (self._clock.now_ms() - asked_at) / 1000
        if known or (tier.deadline is not None and age > tier.deadline):
            self._metrics.expired.labels(self._stage, tier.name).inc()
            raise Expired(age=age)
