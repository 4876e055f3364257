"""What becomes of a record that cannot be handled: it is kept, with the reason, where someone can look at it."""

from dataclasses import replace

from bus.records import Received, Record, with_headers
from workers.errors import StageError
from workers.topics import DEAD_LETTERS

PREFIX = "dlq-"
REDRIVEN = "dlq-redriven"
"""How often the record was written back to its topic; it keeps that, should it die again."""

_TRACE = "traceparent"

_LONGEST_KEY = 4096
_LONGEST_TRACE = 64


class DeadLetterLost(Exception):
    """A dead letter was refused for good. The worker stops, so that the record's offset never moves past it."""

    def __init__(self, record: Record, reason: str) -> None:
        super().__init__(f"a dead letter could not be written: {reason}")
        self.record = record
        self.reason = reason


def dead_letter(record: Received, error: StageError, *, attempt: int) -> Record:
    """The record as it was, key, body and headers, and why and where it failed."""
    facts = (
        ("dlq-reason", error.reason),
        ("dlq-attempt", str(attempt)),
        ("dlq-origin-topic", record.topic),
        ("dlq-origin-partition", str(record.partition)),
        ("dlq-origin-offset", str(record.offset)),
    )
    # Only Sluice says why: what a forged record brought along under these names is dropped.
    own = tuple((name, value) for name, value in record.headers if not name.startswith(PREFIX))
    headers = with_headers(own, (*facts, *_redriven(record)))
    return Record(topic=DEAD_LETTERS, key=record.key, value=record.value, headers=headers)


def without_body(letter: Record) -> Record:
    """The letter with what it cannot do without: where the record lies, why it failed, and its trace.

    A record that just fitted into its topic no longer does with our headers beside it.
    """
    facts = tuple((name, value) for name, value in letter.headers if name.startswith(PREFIX) or _is_trace(name, value))
    key = letter.key if letter.key is not None and len(letter.key) <= _LONGEST_KEY else None
    return replace(letter, key=key, value=None, headers=facts)


def _redriven(record: Received) -> tuple[tuple[str, str], ...]:
    count = record.header(REDRIVEN) or ""
    return ((REDRIVEN, count),) if count.isdecimal() and len(count) < 6 else ()


def _is_trace(name: str, value: bytes) -> bool:
    return name == _TRACE and len(value) <= _LONGEST_TRACE
