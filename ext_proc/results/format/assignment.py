"""Event ids of KafkaSSE (Wikimedia's EventStreams), so that its clients can come here and go on where they were.

`[{"topic": "orders", "partition": 0, "offset": 7}, ...]`; with `timestamp` (ms) in place of `offset`, the first record
at or after that time. As there, an offset is that of the next record, -1 the end and -2 the beginning of the partition.
https://github.com/wikimedia/KafkaSSE
"""

from dataclasses import dataclass
from typing import Any, Literal

import orjson

from bus.records import Partition

END, BEGINNING = -1, -2
_MAX_PARTITION = 2**31 - 1
_OFFSETS = range(BEGINNING, 2**63)
_TIMES = range(2**63)


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where to go on in one partition: at `offset`, or where that is `None`, at the time `timestamp`."""

    partition: Partition
    offset: int | None
    timestamp: int

    @property
    def start(self) -> Literal["earliest", "latest"] | int | None:
        """Where to go on, if that is not at an offset; a number is a time in ms since the epoch."""
        if self.offset is None:
            return self.timestamp
        if self.offset == END:
            return "latest"
        return "earliest" if self.offset == BEGINNING else None

    @property
    def next(self) -> int:
        """The offset to go on at, where it is one."""
        return max(self.offset or 0, 0)


@dataclass(frozen=True, slots=True)
class Assignments:
    """A place in each of some partitions."""

    each: tuple[Assignment, ...]

    def __str__(self) -> str:
        """For the log."""
        return f"{len(self.each)} assignments"

    @classmethod
    def parse(cls, text: str) -> "Assignments | None":
        """The id that `text` is, or `None` where it is none."""
        try:
            found = orjson.loads(text)
        except (orjson.JSONDecodeError, UnicodeError):
            return None
        if not isinstance(found, list) or not found:
            return None
        each = [assignment for item in found if (assignment := _assignment(item))]
        unique = {assignment.partition for assignment in each}
        return cls(tuple(each)) if len(each) == len(unique) == len(found) else None


def _assignment(item: Any) -> Assignment | None:
    match item:
        case {"topic": str(topic), "partition": int(partition), "offset": int(offset)}:
            found = Assignment(Partition(topic, partition), offset, 0)
        case {"topic": str(topic), "partition": int(partition), "timestamp": int(timestamp), **more} if (
            more.get("offset") is None
        ):
            found = Assignment(Partition(topic, partition), None, timestamp)
        case _:
            return None
    return found if _is_sound(found) else None


def _is_sound(found: Assignment) -> bool:
    """A place that may exist; to Python `true` is a number too."""
    numbers = (found.partition.number, found.offset, found.timestamp)
    if any(isinstance(number, bool) for number in numbers):
        return False
    offset = END if found.offset is None else found.offset
    return 0 <= found.partition.number <= _MAX_PARTITION and offset in _OFFSETS and found.timestamp in _TIMES
