"""Who waits for which key: a dictionary of sets of queues, as such services have."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

Headers = Sequence[tuple[str, bytes]]

MOST = 1000
"""Events that may wait for one reader; past it the reader is cut, as Sluice's are."""

_FRAME = b"id: %d.%d\nevent: %s\ndata: %s\n\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What the service reads of a record."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers


@dataclass(eq=False, slots=True, kw_only=True)
class Reader:
    """One stream. `None` in its queue ends it."""

    owner: bytes
    queue: asyncio.Queue[bytes | None] = field(default_factory=lambda: asyncio.Queue(MOST + 1))


class Hub:
    """The readers of every key."""

    def __init__(self) -> None:
        self._readers: dict[bytes, set[Reader]] = {}

    @contextmanager
    def reading(self, key: bytes, *, owner: bytes) -> Iterator[Reader]:
        """A reader of the owner's records of a key, while the context is open."""
        reader = Reader(owner=owner)
        self._readers.setdefault(key, set()).add(reader)
        try:
            yield reader
        finally:
            self._readers[key].discard(reader)
            if not self._readers[key]:
                del self._readers[key]

    def push(self, message: Message) -> None:
        """Encodes a record once, and hands it to those of its key's readers who own it."""
        readers = self._readers.get(message.key or b"")
        if not readers:
            return
        named = dict(message.headers)
        owner, event = named.get("user-id"), named.get("ce_type", b"").split(b".")[-2:-1]
        frame = _FRAME % (message.partition, message.offset, b"".join(event), message.value or b"null")
        for reader in readers:
            if reader.owner == owner:
                _hand(reader, frame)


def _hand(reader: Reader, frame: bytes) -> None:
    if reader.queue.qsize() < MOST:
        reader.queue.put_nowait(frame)
    elif not reader.queue.full():
        reader.queue.put_nowait(None)
