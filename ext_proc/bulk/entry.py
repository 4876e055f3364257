"""A line of an upload on its way."""

import asyncio
from dataclasses import dataclass

from bus.records import Receipt
from ext_proc.bulk.splitter import Line


@dataclass(slots=True)
class Entry:
    """A line that was read: `sent`, or with its receipt; neither, where it is blank.

    Attributes:
        status: As it is counted; empty where nothing is.
    """

    line: Line
    sent: asyncio.Future[Receipt] | None = None
    receipt: bytes = b""
    status: str = ""

    @property
    def size(self) -> int:
        """Bytes of the line."""
        return len(self.line or b"")
