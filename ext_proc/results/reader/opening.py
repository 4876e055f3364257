"""What a stream begins with."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ext_proc.results.live.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a reader is given first. Its lanes stand behind `events`, and its position before them.

    Attributes:
        greeting: The name of the event that the server makes up; empty for none.
        data: What that event says.
        events: The first events, where they came from Kafka; of a reader of a key.
        unread: Of the key's partition, nobody has looked for the key below this offset.
        proved: The key exists.
        replayed: Kafka was asked.
    """

    greeting: str = ""
    data: Mapping[str, object] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    unread: int = 0
    proved: bool = False
    replayed: bool = False
