"""How an event becomes bytes, in either of two formats. What is the same for all readers is made once.

The id comes first, so that whoever stands elsewhere (a reader of a whole topic) replaces it and shares the rest.
"""

from collections.abc import Mapping
from typing import Protocol

Frame = tuple[bytes, bytes, bytes, bytes]  # id, name, data, end

HEADERS = {"cache-control": "no-store, no-transform", "x-accel-buffering": "no"}


class Format(Protocol):
    """A way to write a stream. There are few, each made once, so that one is told from another by identity."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Of the answer."""

    @property
    def ping(self) -> bytes:
        """Keeps a silent stream alive, and is no event."""

    @property
    def end(self) -> bytes:
        """Ends an event."""

    def begin(self, retry: float) -> bytes:
        """The first bytes, sent at once; `retry` is in seconds."""

    def place(self, id: str) -> bytes:  # noqa: A002 - the field's name in both formats
        """Begins an event."""

    def name(self, event: str) -> bytes:
        """Goes between the id and the data."""

    def own_name(self, event: str) -> bytes:
        """As `name`, for an event that has its name even where others have none."""

    def data(self, value: bytes) -> bytes:
        """A record's value; nothing in it can end the event early, or start another field."""

    def mark(self, id: str) -> bytes:  # noqa: A002 - as above
        """Says where the reader stands, and is no event."""


def frame(format: Format, *, id: str, event: str, data: bytes) -> Frame:  # noqa: A002 - as above
    """One event."""
    return format.place(id), format.name(event), format.data(data), format.end
