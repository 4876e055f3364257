"""What the events of a query come to: one word, and at the end a document."""

from dataclasses import dataclass

QUEUED_STATUS = "queued"
RUNNING_STATUS = "running"


@dataclass(frozen=True, slots=True)
class State:
    """Where a query stands.

    Attributes:
        status: `queued`, `running`, or the name of its terminal event.
        value: The terminal event's data; `None` while there is none.
    """

    status: str
    value: bytes | None = None

    @property
    def final(self) -> bool:
        """Nothing can change it any more."""
        return self.value is not None


QUEUED = State(QUEUED_STATUS)
RUNNING = State(RUNNING_STATUS)
