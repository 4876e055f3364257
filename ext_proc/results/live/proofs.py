"""Which keys are known to exist, by the records of other topics (a query is known before its first result is)."""

from collections import OrderedDict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Protocol

from bus.records import Received

Proof = tuple[str, bytes, bytes | None] | tuple[str, bytes]
"""Topic, key and owner; without an owner, that anybody has the key."""


class Asks(Protocol):
    """Whoever waits for a key to be known."""

    def wake(self) -> None:
        """It is known now."""


class Proofs:
    """Keys seen, each with its owner and the time it was first seen. The oldest are forgotten past `limit`.

    Of the topics in `shared` it is remembered besides that a key was seen at all.
    """

    def __init__(self, *, limit: int, shared: Collection[str] = ()) -> None:
        self._limit = limit
        self._shared = frozenset(shared)
        self._seen: OrderedDict[Proof, int] = OrderedDict()
        self._asking: dict[Proof, set[Asks]] = {}

    def add(self, record: Received) -> None:
        """Learns of a record, and wakes whoever asks for its key."""
        if record.key is None:
            return
        owner = next((value for name, value in record.headers if name == "user-id"), None)
        self.note((record.topic, record.key, owner), record.timestamp)
        if record.topic in self._shared:
            self.note((record.topic, record.key), record.timestamp)

    def note(self, proof: Proof, timestamp: int) -> None:
        """Learns of a key, and wakes whoever asks for it."""
        if proof in self._seen:
            return
        self._seen[proof] = timestamp
        if len(self._seen) > self._limit:
            self._seen.popitem(last=False)
        for watcher in self._asking.get(proof, ()):
            watcher.wake()

    def forget(self, proof: Proof) -> None:
        """The log no longer knows the key."""
        self._seen.pop(proof, None)

    def seen(self, proof: Proof) -> int | None:
        """When the key was first seen (ms), or `None`."""
        return self._seen.get(proof)

    @contextmanager
    def asking(self, proof: Proof, watcher: Asks) -> Iterator[None]:
        """Wakes `watcher` when the key is seen, while the context is open."""
        self._asking.setdefault(proof, set()).add(watcher)
        try:
            yield
        finally:
            self._asking[proof].remove(watcher)
            if not self._asking[proof]:
                del self._asking[proof]
