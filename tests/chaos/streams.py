"""What `rag.results` says of one query, as a client that missed nothing reads it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from bus.records import Received
from schemas.events import TERMINAL, Delta, Done, Reset, event_name

CALLED = frozenset({"worker-restarted", "model-unavailable", "model-fell-back"})
"""Reasons of a `reset` after which the model is called again. After `not-acknowledged` it is not: only the text is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """The records of one key, in order.

    Attributes:
        records: All of them.
        heard: Up to the first terminal event: what a client is told.
    """

    records: Sequence[Received]
    heard: Sequence[Received]

    @classmethod
    def of(cls, records: Sequence[Received]) -> "Stream":
        """The stream that these records are."""
        end = next((at for at, record in enumerate(records) if name_of(record) in TERMINAL), len(records))
        return cls(records=records, heard=records[: end + 1])

    @property
    def ends(self) -> Sequence[str]:
        """Every terminal event; there should be one."""
        return [name for record in self.records if (name := name_of(record)) in TERMINAL]

    @property
    def ended(self) -> str:
        """The terminal event that a client was told; empty where there is none."""
        return name_of(self.heard[-1]) if self.ends else ""

    @property
    def last(self) -> Mapping[str, Any]:
        """What the last event says."""
        return _data(self.heard[-1])

    @property
    def done(self) -> bytes | None:
        """The body of `done`."""
        return self.heard[-1].value if self.ended == Done.name else None

    @property
    def text(self) -> str:
        """Of all deltas after the last reset."""
        names = [name_of(record) for record in self.heard]
        start = max((at for at, name in enumerate(names) if name == Reset.name), default=0)
        return "".join(_data(record)["text"] for record in self.heard[start:] if name_of(record) == Delta.name)

    @property
    def resets(self) -> Counter[str]:
        """By reason."""
        return Counter(_data(record)["reason"] for record in self.heard if name_of(record) == Reset.name)

    @property
    def calls(self) -> int:
        """How many calls of the model it declares: one, and one more for each reset that a call follows."""
        return 1 + sum(count for reason, count in self.resets.items() if reason in CALLED)

    @property
    def places(self) -> Sequence[tuple[int, int]]:
        """Partition and offset of every event that a client hears."""
        return [(record.partition, record.offset) for record in self.heard]

    @property
    def stale(self) -> int:
        """Records behind the end: no client sees them."""
        return len(self.records) - len(self.heard)


def name_of(record: Received) -> str:
    """The event's name."""
    return event_name(record.header("ce_type") or "")


def _data(record: Received) -> Mapping[str, Any]:
    document: Mapping[str, Any] = orjson.loads(record.value or b"{}")
    return document
