"""What was found in Kafka once, so that a client who asks again and again does not have it searched again and again."""

from collections import OrderedDict
from dataclasses import dataclass

from bus.records import Partition
from ext_proc.results.status.state import State

Name = tuple[str, str, str]  # topic, key, reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What is known of a query without asking Kafka again.

    Attributes:
        state: What its events before `cursor` come to; `None` where there are none, and nothing else proves it.
        since: Nothing of it is older (ms since the epoch), where that is known.
        cursor: The offset from which on there may be more of its events.
        gone: Kafka may have let some of them go, and the topic of answers has not been asked yet.
        end: Where its last event, or its answer, lies, where that is known; then nothing else matters.
    """

    state: State | None = None
    since: int | None = None
    cursor: int = 0
    gone: bool = False
    end: tuple[Partition, int] | None = None


class Notes:
    """Notes by query. The ones that were not used for longest are dropped past `limit`."""

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._notes: OrderedDict[Name, Note] = OrderedDict()

    def get(self, name: Name) -> Note | None:
        """The note, if there is one."""
        note = self._notes.get(name)
        if note is not None:
            self._notes.move_to_end(name)
        return note

    def set(self, name: Name, note: Note) -> None:
        """Keeps a note in place of the one before."""
        self._notes[name] = note
        self._notes.move_to_end(name)
        if len(self._notes) > self._limit:
            self._notes.popitem(last=False)
