"""Which queries are wanted no more, as `rag.cancels` says.

A cancel names a query by its key and its owner, and counts for what was asked before it: an id that a client chose may
be posted again later. Before and after are told by the records' timestamps, which the clocks of two gateways may have
given, so a query that seems to be up to `AHEAD_MS` younger than its cancel is cancelled too.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bus.records import Received
from runtime.metrics import WorkerMetrics
from schemas.signature import Signer
from workers.errors import Untrusted
from workers.lru import Lru
from workers.trust import verify

LIMIT = 50_000  # about 15 MB; past it the cancel that came first is forgotten, and its query answered after all
AHEAD_MS = 5_000  # as much as a results server allows between the clocks of two machines

Call = Callable[[], None]
Hear = Callable[[bytes], None]
_Name = tuple[bytes, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A query as far as a cancel can meet it; `at` is when it was written, in ms since the epoch."""

    key: bytes
    user_id: str
    at: int


def asked(record: Received, *, at: int) -> Asked:
    """The query that a record follows from, or is."""
    return Asked(key=record.key or b"", user_id=record.header("user-id") or "", at=at)


class Cancels:
    """What one worker knows of them. `bus.follower` brings the records to `learn`."""

    def __init__(self, *, stage: str, signer: Signer, metrics: WorkerMetrics) -> None:
        self._stage = stage
        self._signer = signer
        self._metrics = metrics
        self._known: Lru[_Name, int] = Lru(LIMIT)
        self._waiting: dict[_Name, list[tuple[Asked, Call]]] = {}  # bounded by what is in work
        self._hear: Hear | None = None

    def learn(self, record: Received) -> None:
        """Takes a record of the topic in; what Sluice did not write is counted and passed over."""
        try:
            verify(record, self._signer)
        except Untrusted as error:
            self._metrics.skipped.labels(self._stage, error.reason).inc()
            return
        name = (record.key or b"", record.header("user-id") or "")
        self._known.set(name, max(record.timestamp, self._known.get(name) or 0))
        for query, call in self._waiting.get(name, ()):
            if self.counts(query):
                call()
        if self._hear and record.key is not None:
            self._hear(record.key)

    def told_to(self, hear: Hear) -> None:
        """From now on `hear` hears the key of each cancel that is learnt."""
        self._hear = hear

    def names(self, record: Received) -> bool:
        """Whether there is a cancel by the record's key and owner, be it of this query or of an older one of that name."""
        return self._known.get((record.key or b"", record.header("user-id") or "")) is not None

    def counts(self, query: Asked) -> bool:
        """Whether the query is cancelled."""
        cancelled_at = self._known.get((query.key, query.user_id))
        return cancelled_at is not None and query.at <= cancelled_at + AHEAD_MS

    @contextmanager
    def telling(self, query: Asked, call: Call) -> Iterator[None]:
        """While it is open, `call` is called when the query is cancelled; at once, where it is already."""
        name, waiting = (query.key, query.user_id), (query, call)
        self._waiting.setdefault(name, []).append(waiting)
        try:
            if self.counts(query):
                call()
            yield
        finally:
            self._waiting[name].remove(waiting)
            if not self._waiting[name]:
                del self._waiting[name]
