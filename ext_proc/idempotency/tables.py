"""The tables that the routes of one process ask for: one for each topic, shared by all routes that name it."""

from collections.abc import Iterator

from ext_proc.idempotency.table import Kept, Table
from runtime.clock import Clock
from runtime.metrics import GatewayMetrics
from schemas.signature import Signer


class Tables:
    """Made empty; each table is made when a route first asks for it, and followed by the composition root."""

    def __init__(self, *, signer: Signer, clock: Clock, metrics: GatewayMetrics) -> None:
        self._signer = signer
        self._clock = clock
        self._metrics = metrics
        self._tables: dict[str, Table] = {}

    def of(self, kept: Kept) -> Table:
        """The table of that topic.

        Raises:
            ValueError: Another route keeps the same topic otherwise; who holds a key would depend on which one is asked.
        """
        found = self._tables.get(kept.topic)
        if found is None:
            found = self._tables[kept.topic] = Table(
                kept, signer=self._signer, clock=self._clock, metrics=self._metrics
            )
        if found.kept != kept:
            msg = f"another route keeps {kept.topic} with another kept, lease or limit"
            raise ValueError(msg)
        return found

    def __iter__(self) -> Iterator[Table]:
        """All that were asked for."""
        return iter(self._tables.values())
