"""Event ids: where an event lies in Kafka, `v1.<partition>.<offset>`. Opaque to clients.

An id is also a place to resume from: what follows it is every later record of the key.
So an event that the server makes up (`queued`, `gap`, `reconnect`) has the id of the offset just before
the first record that may follow it, whoever that record belongs to; before offset 0 that is -1.
"""

import re
from dataclasses import dataclass
from typing import Self

_FORM = re.compile(r"v1\.(0|[1-9][0-9]{0,9})\.(-1|0|[1-9][0-9]{0,18})")
_MAX_PARTITION = 2**31 - 1
_MAX_OFFSET = 2**63 - 1


@dataclass(frozen=True, slots=True)
class EventId:
    """One place in one partition."""

    partition: int
    offset: int

    def __str__(self) -> str:
        """As clients see it; at most 34 bytes."""
        return f"v1.{self.partition}.{self.offset}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The id that `text` is, or `None` where it is not exactly one."""
        match = _FORM.fullmatch(text)
        if match is None:
            return None
        partition, offset = int(match[1]), int(match[2])
        return cls(partition, offset) if partition <= _MAX_PARTITION and offset <= _MAX_OFFSET else None
