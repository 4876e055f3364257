"""A running digest over lines, by which two uploads are known to have the same beginning."""

import hashlib

from ext_proc.bulk.splitter import Line

_BYTES = 16


class Digest:
    """Of lines, however they were ended; of one that was too long to be kept, only that there was one."""

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=_BYTES, person=b"sluice-upload")

    def add(self, line: Line) -> None:
        """One more; no line holds the LF that ends it here."""
        self._hash.update(b"\r\n" if line is None else line)
        self._hash.update(b"\n")

    def value(self) -> bytes:
        """Of all so far."""
        return self._hash.digest()
