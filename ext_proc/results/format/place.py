"""What a client may come back with: an event id of a key, one of a whole topic, or one of KafkaSSE."""

from ext_proc.results.format.assignment import Assignments
from ext_proc.results.format.event_id import EventId
from ext_proc.results.format.vector import Vector

Place = EventId | Vector | Assignments


def parse(text: str) -> Place | None:
    """The place that `text` names, or `None` where it names none."""
    return EventId.parse(text) or Vector.parse(text) or Assignments.parse(text)
