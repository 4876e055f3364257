"""Where a reader stands: everything before it was written to its socket, or was not for it. An id says the same.

`unsaid` is true while no id that the reader has been given says so.
"""

from typing import Protocol

from ext_proc.results.format.event_id import EventId
from ext_proc.results.format.frame import Format, Frame
from ext_proc.results.format.vector import Vector, encode
from ext_proc.results.live.event import Event


class Position(Protocol):
    """A place in each partition that is read."""

    unsaid: bool

    def at(self, partition: int) -> int:
        """The first offset of that partition that is not done with."""

    def passed(self, partition: int, offset: int) -> None:
        """Everything before `offset` of that partition is done with."""

    def id(self) -> str:
        """The id of this place."""

    def next_id(self) -> str:
        """The id of what comes next, as a place: the same, or that of the record itself."""

    def framed(self, event: Event, format: Format) -> Frame:  # noqa: A002 - as in `Event.frame`
        """The event, with the id of the place after it; the reader stands there now."""


class KeyPosition:
    """In one partition: the ids are those of the events, so that all readers share them."""

    __slots__ = ("_offset", "_partition", "unsaid")

    def __init__(self) -> None:
        self._partition = self._offset = 0
        self.unsaid = True

    def at(self, partition: int) -> int:
        """As `Position`."""
        return self._offset

    def passed(self, partition: int, offset: int) -> None:
        """As `Position`."""
        self.unsaid = self.unsaid or offset != self._offset
        self._partition, self._offset = partition, offset

    def id(self) -> str:
        """As `Position`."""
        return str(EventId(self._partition, self._offset - 1))

    def next_id(self) -> str:
        """As `Position`."""
        return str(EventId(self._partition, self._offset))

    def framed(self, event: Event, format: Format) -> Frame:  # noqa: A002 - as in `Event.frame`
        """As `Position`."""
        self._offset, self.unsaid = event.offset + 1, False
        return event.frame(format)


class TopicPosition:
    """In every partition of a topic: an id names them all, and an event shares all but that."""

    __slots__ = ("_offsets", "unsaid")

    def __init__(self) -> None:
        self._offsets: list[int] = []
        self.unsaid = True

    def at(self, partition: int) -> int:
        """As `Position`."""
        return self._offsets[partition] if partition < len(self._offsets) else 0

    def passed(self, partition: int, offset: int) -> None:
        """As `Position`."""
        while len(self._offsets) <= partition:  # one whose lane is not there yet is read from its beginning
            self._offsets.append(0)
        self.unsaid = self.unsaid or offset != self._offsets[partition]
        self._offsets[partition] = offset

    def id(self) -> str:
        """As `Position`."""
        return str(Vector(tuple(self._offsets)))

    def next_id(self) -> str:
        """As `Position`."""
        return self.id()

    def framed(self, event: Event, format: Format) -> Frame:  # noqa: A002 - as in `Event.frame`
        """As `Position`."""
        self._offsets[event.partition], self.unsaid = event.offset + 1, False
        return (format.place(encode(tuple(self._offsets))), *event.frame(format)[1:])
