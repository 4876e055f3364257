"""Which keys are known to exist, by the records of other topics (a query is known before its first result is)."""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from bus.records import Received
from ext_proc.results.live.channel import Watches

Proof = tuple[str, bytes, bytes | None]


class Proofs:
    """Keys seen, each with its owner and the time it was first seen. The oldest are forgotten past `limit`."""

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._seen: OrderedDict[Proof, int] = OrderedDict()
        self._asking: dict[Proof, set[Watches]] = {}

    def add(self, record: Received) -> None:
        """Learns of a record, and wakes whoever asks for its key."""
        if record.key is None:
            return
        proof = (record.topic, record.key, next((value for name, value in record.headers if name == "user-id"), None))
        if proof in self._seen:
            return
        self._seen[proof] = record.timestamp
        if len(self._seen) > self._limit:
            self._seen.popitem(last=False)
        for watcher in self._asking.get(proof, ()):
            watcher.wake()

    def seen(self, proof: Proof) -> int | None:
        """When the key was first seen (ms), or `None`."""
        return self._seen.get(proof)

    @contextmanager
    def asking(self, proof: Proof, watcher: Watches) -> Iterator[None]:
        """Wakes `watcher` when the key is seen, while the context is open."""
        self._asking.setdefault(proof, set()).add(watcher)
        try:
            yield
        finally:
            self._asking[proof].remove(watcher)
            if not self._asking[proof]:
                del self._asking[proof]
