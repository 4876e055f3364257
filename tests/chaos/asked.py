"""What the load has sent, and what it was answered: one half of the account."""

from collections import Counter
from dataclasses import dataclass, field

from bus.records import Partition


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks."""

    sub: str
    tier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A 202: the id that was given out, and where the record lies."""

    query_id: str
    at: Partition
    offset: int
    replayed: bool


@dataclass(slots=True, kw_only=True)
class Query:
    """One question, however often it was posted. No other query has its text.

    Attributes:
        key: The `Idempotency-Key` that it was posted with.
        named: The query id that its client chose.
        accepted: Every 202.
        statuses: How often it was answered how; 0 where nobody answered.
    """

    caller: Caller
    question: str
    key: str = ""
    named: str = ""
    accepted: list[Accepted] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """An accepted version of a chunk."""

    key: bytes
    at: Partition
    offset: int


@dataclass(slots=True)
class Sent:
    """All of it. `odd` holds answers that a well-behaved client must never get."""

    queries: list[Query] = field(default_factory=list)
    chunks: list[Chunk] = field(default_factory=list)
    chunk_statuses: Counter[int] = field(default_factory=Counter)
    odd: list[str] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        """Queries that were accepted at least once."""
        return sum(bool(query.accepted) for query in self.queries)

    @property
    def statuses(self) -> Counter[int]:
        """Of all posted queries."""
        return sum((query.statuses for query in self.queries), Counter[int]())
