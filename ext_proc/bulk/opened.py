"""Where a request with many records begins, that has an Idempotency-Key."""

from dataclasses import dataclass

from ext_proc.bulk.marks import Marks
from ext_proc.bulk.past import Past


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A request with a key that may be carried out.

    Attributes:
        past: What one before it has left; `None` for nothing.
        marks: Where this one says how far it is.
    """

    past: Past | None
    marks: Marks
