"""Event ids of a key: where an event lies in Kafka, `v1.<partition>.<offset>`. Opaque to clients.

An id is also a place to resume from: what follows it is every later record of the key.
So an event that the server makes up (`queued`, `gap`, `reconnect`) has the id of the offset just before
the first record that may follow it, whoever that record belongs to; before offset 0 that is -1.

An end that is in no record carries the mark `.end`: whoever comes back with it has had the last event.
"""

import re
from dataclasses import dataclass
from typing import Self

_FORM = re.compile(r"v1\.(0|[1-9][0-9]{0,9})\.(-1|0|[1-9][0-9]{0,18})(\.end)?")
FINAL = ".end"
_MAX_PARTITION = 2**31 - 1
_MAX_OFFSET = 2**63 - 1


@dataclass(frozen=True, slots=True)
class EventId:
    """One place in one partition. `final` says that nothing follows it."""

    partition: int
    offset: int
    final: bool = False

    def __str__(self) -> str:
        """As clients see it; at most 38 bytes."""
        return f"v1.{self.partition}.{self.offset}{FINAL if self.final else ''}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The id that `text` is, or `None` where it is not exactly one."""
        match = _FORM.fullmatch(text)
        if match is None:
            return None
        partition, offset = int(match[1]), int(match[2])
        if partition > _MAX_PARTITION or offset > _MAX_OFFSET:
            return None
        return cls(partition, offset, final=match[3] is not None)
