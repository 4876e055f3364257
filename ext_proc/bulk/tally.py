"""What is counted of the uploads and arrays of one route, a batch at a time."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from runtime.metrics import GatewayMetrics

REPLAYED, COMPLETE = "replayed", "complete"


class Tally:
    """One for each route."""

    def __init__(self, metrics: GatewayMetrics, *, route: str) -> None:
        self._route = route
        self._lines = metrics.bulk_lines
        self._uploads = metrics.uploads
        self._bytes = metrics.bulk_bytes.labels(route)
        self._open = metrics.uploads_open.labels(route)

    @contextmanager
    def upload(self) -> Iterator[None]:
        """One more is open while the context is."""
        with self._open.track_inprogress():
            yield

    def read(self, size: int) -> None:
        """So many bytes have come."""
        self._bytes.inc(size)

    def settled(self, statuses: Mapping[str, int]) -> None:
        """So many records were answered, by status."""
        for status, count in statuses.items():
            self._lines.labels(self._route, status).inc(count)

    def ended(self, outcome: str) -> None:
        """An upload is over."""
        self._uploads.labels(self._route, outcome).inc()
