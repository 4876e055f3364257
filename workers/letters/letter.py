"""A dead letter as it is read: the record that it was, and what is known of its death."""

from dataclasses import dataclass

from bus.records import Headers, Partition, Received
from schemas.dead_letters import OPENED, Settled
from schemas.envelope import SIGNATURE
from workers.dead_letter import PREFIX, REDRIVEN
from workers.letters.place import Place

UNKNOWN = "unknown"
_DIGITS = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One dead letter.

    Attributes:
        record: As it lies in the topic of dead letters.
        reason: Why it was given up; `unknown` where whoever wrote it did not say.
        attempt: How often it had been tried.
        origin: Where the record lay; `None` where that is not said.
        offset: And at which offset.
        redriven: How often it had been redriven before it died once more.
    """

    record: Received
    reason: str
    attempt: int
    origin: Partition | None
    offset: int
    redriven: int

    @property
    def place(self) -> Place:
        """Where it lies."""
        return Place(self.record.partition, self.record.offset)

    @property
    def whole(self) -> bool:
        """It has all that the record had; one that was too large for Kafka was written without its body."""
        return self.record.value is not None or self.record.header(SIGNATURE) is not None

    @property
    def key(self) -> str:
        """As text."""
        return (self.record.key or b"").decode("utf-8", "replace")


def letter_of(record: Received) -> Letter | None:
    """The letter; `None` for a record that only says what became of one."""
    if record.header("ce_type") in {OPENED, Settled.type} and record.header(f"{PREFIX}reason") is None:
        return None
    topic = record.header(f"{PREFIX}origin-topic")
    return Letter(
        record=record,
        reason=record.header(f"{PREFIX}reason") or UNKNOWN,
        attempt=_number(record, f"{PREFIX}attempt"),
        origin=Partition(topic, _number(record, f"{PREFIX}origin-partition")) if topic else None,
        offset=_number(record, f"{PREFIX}origin-offset"),
        redriven=_number(record, REDRIVEN),
    )


def headers_again(headers: Headers, *, redriven: int) -> Headers:
    """The headers that the record had, with nothing of its death but how often it was redriven."""
    own = tuple((name, value) for name, value in headers if not name.startswith(PREFIX))
    return (*own, (REDRIVEN, str(redriven).encode()))


def _number(record: Received, name: str) -> int:
    text = record.header(name) or ""
    return int(text) if text.isdecimal() and len(text) <= _DIGITS else 0
