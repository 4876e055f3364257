"""Bytes as they come -> lines, in memory that does not grow with the upload."""

from collections.abc import Iterator

BOM = b"\xef\xbb\xbf"

Line = bytes | None
"""A line without its end; `None` for one that was longer than is taken, of which nothing is kept."""


class Splitter:
    """Splits at LF or CRLF. The last line needs no end; a byte order mark before the first one is passed over."""

    def __init__(self, *, longest: int) -> None:
        self._longest = longest
        self._rest = b""  # of a line that has not ended yet: no more than the longest one that is taken
        self._skipping = False
        self._begun = False

    def feed(self, data: bytes) -> Iterator[Line]:
        """The lines that end in `data`."""
        if not self._begun:
            data = self._first(data)
        *whole, rest = (self._rest + data).split(b"\n")
        for line in whole:
            yield self._line(line)
            self._skipping = False
        self._skipping = self._skipping or len(rest) > self._longest + 1  # the one that CR may be
        self._rest = b"" if self._skipping else rest

    def end(self) -> Iterator[Line]:
        """The last line, where it has no end of its own."""
        rest, skipping = self._rest, self._skipping
        self._rest, self._skipping = b"", False
        if rest or skipping:
            yield None if skipping else self._taken(rest)

    def _line(self, line: bytes) -> Line:
        return None if self._skipping else self._taken(line)

    def _taken(self, line: bytes) -> Line:
        line = line.removesuffix(b"\r")
        return line if len(line) <= self._longest else None

    def _first(self, data: bytes) -> bytes:
        """A mark may come in pieces: nothing is split before it is known whether there is one."""
        together = self._rest + data
        self._rest = b""
        if len(together) < len(BOM) and BOM.startswith(together):
            self._rest = together
            return b""
        self._begun = True
        return together.removeprefix(BOM)
