"""What can be wrong with a document of the corpus."""

from pathlib import Path


class DocumentInvalid(Exception):
    """A Markdown file is not built as the corpus asks."""

    def __init__(self, *, file: Path, reason: str) -> None:
        super().__init__(f"{file}: {reason}")
        self.file = file
        self.reason = reason
