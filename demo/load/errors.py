"""What stops a loader.

```
LoadError
├── FileUnfit      a file cannot be loaded as it is
├── NothingToLoad  the folders hold no text or Markdown
├── SameId         two files would be one document
├── JournalBusy    another loader is at work with the same journal
├── Unreadable     what the gateway says is no receipt
└── GaveUp         nothing got through for too long
```
"""

from pathlib import Path


class LoadError(Exception):
    """Anything that ends loading before all is sent."""


class FileUnfit(LoadError):
    """A file cannot be loaded as it is."""

    def __init__(self, *, file: Path, reason: str) -> None:
        super().__init__(f"{file} {reason}")
        self.file = file
        self.reason = reason


class NothingToLoad(LoadError):
    """There is no file to load."""

    def __init__(self, *, kinds: tuple[str, ...]) -> None:
        super().__init__(f"no file there ends in {', '.join(kinds)}; a file that is named itself may end in anything")
        self.kinds = kinds


class SameId(LoadError):
    """Two files would be one document, and one of them would be lost in the other."""

    def __init__(self, *, doc_id: str, files: tuple[Path, Path]) -> None:
        one, other = files
        super().__init__(f"{one} and {other} would both be the document {doc_id}; load the folder above them instead")
        self.doc_id = doc_id
        self.files = files


class JournalBusy(LoadError):
    """Another loader is at work with the same journal."""

    def __init__(self, *, file: Path) -> None:
        super().__init__(f"another loader is at work ({file}); wait for it, or give this one a journal by --journal")
        self.file = file


class Unreadable(LoadError):
    """The gateway answered with something else than receipts in order."""

    def __init__(self, *, said: bytes, expected: int) -> None:
        super().__init__(f"the gateway did not answer with a receipt for line {expected} but with {said[:200]!r}")
        self.said = said
        self.expected = expected


class GaveUp(LoadError):
    """Tried again as often as is sensible, and nothing got through."""

    def __init__(self, *, attempts: int, last: Exception) -> None:
        super().__init__(f"gave up after {attempts} tries in a row ({last}); the same command goes on from here")
        self.attempts = attempts
        self.last = last
