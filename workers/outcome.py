"""What a record comes to."""

from collections.abc import Sequence
from dataclasses import dataclass

from bus.records import Record


@dataclass(frozen=True, slots=True)
class Outcome:
    """The records that follow from one.

    Attributes:
        records: In the order in which they are written.
        final: A second copy of them would show: they and the record's offset move together.
    """

    records: Sequence[Record]
    final: bool
