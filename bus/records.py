"""What travels on the bus: records on their way in, records on their way out, and where they lie."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

NOTE_BYTES = 4096  # what a broker keeps with an offset by default (`offset.metadata.max.bytes`)

Headers = tuple[tuple[str, bytes], ...]


class Partition(NamedTuple):
    """One partition of one topic."""

    topic: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record to be written.

    Attributes:
        topic: Where it goes.
        key: The record key; with `partition_key` unset it also chooses the partition.
        value: The payload; `None` is a tombstone.
        headers: Exactly one value per name.
        partition_key: What chooses the partition where that is not the key,
            by the Java client's default (murmur2), so that other clients agree.
    """

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    partition_key: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Where an acknowledged record lies: all in-sync replicas hold it. `timestamp` is in ms since the epoch."""

    topic: str
    partition: int
    offset: int
    timestamp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A record as read. `timestamp` is in ms since the epoch."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers = field(default=())

    @property
    def at(self) -> Partition:
        """The partition that it was read from."""
        return Partition(self.topic, self.partition)

    def header(self, name: str) -> str | None:
        """The value of the header of that name as text, or `None`."""
        for key, value in self.headers:
            if key == name:
                return value.decode("utf-8", "replace")
        return None


@dataclass(frozen=True, slots=True)
class Commit:
    """How far a group is with a partition.

    Attributes:
        offset: The *next* offset to be read.
        note: What Kafka keeps with it and gives back, at most `NOTE_BYTES` of UTF-8.

    Raises:
        ValueError: The note is too long.
    """

    offset: int
    note: str = ""

    def __post_init__(self) -> None:
        if (size := len(self.note.encode())) > NOTE_BYTES:
            msg = f"a note of {size} bytes; Kafka keeps {NOTE_BYTES}"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The offsets that a partition holds: `earliest` is the first one kept, `end` the next to be written."""

    earliest: int
    end: int


def with_headers(base: Headers, changes: Iterable[tuple[str, str]]) -> Headers:
    """Returns `base` with the given names set, each once."""
    merged = dict(base)
    merged.update((name, value.encode()) for name, value in changes)
    return tuple(merged.items())
