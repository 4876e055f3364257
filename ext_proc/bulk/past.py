"""What an earlier upload with the same key has left, held against what comes now."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from ext_proc.bulk.digest import Digest
from ext_proc.bulk.splitter import Line

Place = tuple[int, int]
"""Partition and offset of a record."""


class Mismatch(Exception):
    """What comes is not what came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """The lines between two marks.

    Attributes:
        digest: Of all lines up to the end of this segment.
        places: Where each line's record lies; `None` where none was written.
    """

    digest: bytes
    places: Sequence[Place | None]


class Past:
    """Holds the lines of one segment back until its digest has shown that they are the same."""

    def __init__(self, segments: AsyncIterator[Segment], *, lines: int, digest: Digest) -> None:
        self._segments = segments
        self._left = lines
        self._digest = digest
        self._segment: Segment | None = None
        self._held: list[Line] = []  # bounded by what a mark covers

    @property
    def done(self) -> bool:
        """Whether all that was left has been compared."""
        return self._left == 0

    async def take(self, line: Line) -> Sequence[tuple[Line, Place | None]]:
        """The next line; returns what is known to be the same now, with where it lies.

        Raises:
            Mismatch: It is not the same.
            BusError: What was left cannot be read.
        """
        if self._segment is None:
            self._segment = await anext(self._segments)
        self._held.append(line)
        self._digest.add(line)
        if len(self._held) < len(self._segment.places):
            return ()
        if self._digest.value() != self._segment.digest:
            raise Mismatch
        known = list(zip(self._held, self._segment.places, strict=True))
        self._left -= len(known)
        self._segment, self._held = None, []
        return known

    def end(self) -> None:
        """The upload is over.

        Raises:
            Mismatch: It is shorter than the one before.
        """
        if not self.done:
            raise Mismatch
