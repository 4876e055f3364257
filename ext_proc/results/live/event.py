"""An event in memory: one record, without what no reader needs, and encoded when the first reader needs it."""

import sys

from bus.records import Received
from ext_proc.results.format.event_id import EventId
from ext_proc.results.format.sse import frame
from schemas.events import TERMINAL, event_name

# What an event costs besides its text, measured with `sys.getsizeof` over its parts, and rounded up.
OVERHEAD = 400

_TOMBSTONE = "delete"


class Event:
    """One record of one key. Several readers share it; it never changes, but is encoded at most once."""

    __slots__ = ("_frame", "_name", "_type", "_value", "offset", "partition", "size", "timestamp", "user_id")

    def __init__(self, record: Received) -> None:
        self.partition = record.partition
        self.offset = record.offset
        self.timestamp = record.timestamp
        self.user_id: bytes | None = None
        self._type = b""
        for name, value in record.headers:
            if name == "user-id":
                self.user_id = value
            elif name == "ce_type":
                self._type = value
        self._value = record.value
        self._frame: bytes | None = None
        self._name: str | None = None
        self.size = OVERHEAD + (len(record.value) if record.value is not None else 0)

    @property
    def name(self) -> str:
        """What clients know it as; a record without a value is `delete`."""
        if self._name is None:
            gone = self._value is None and self._frame is None
            self._name = _TOMBSTONE if gone else sys.intern(event_name(self._type.decode("utf-8", "replace")))
        return self._name

    @property
    def terminal(self) -> bool:
        """Nothing follows it."""
        return self.name in TERMINAL

    def frame(self) -> bytes:
        """The event as bytes of an SSE stream."""
        if self._frame is None:
            data = b"null" if self._value is None else self._value
            self._frame = frame(id=EventId(self.partition, self.offset), event=self.name, data=data)
            self._value = None  # the frame holds it
        return self._frame
