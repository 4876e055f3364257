"""What came of a load, in numbers and in words."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from demo.load.manuscript import Chunk
from demo.load.receipts import Receipt

KEPT = 100
"""Refused chunks that are named; of more only their number is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A chunk that was not taken, and why."""

    file: Path
    number: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, chunk {self.number}: {self.reason}"


@dataclass(slots=True)
class Tally:
    """Counts receipts."""

    accepted: int = 0
    refused: int = 0
    size: int = 0
    refusals: list[Refusal] = field(default_factory=list)

    @property
    def heard(self) -> int:
        """All receipts."""
        return self.accepted + self.refused

    def count(self, chunk: Chunk, receipt: Receipt) -> None:
        """Adds one."""
        if receipt.is_taken:
            self.accepted += 1
            self.size += len(chunk.line)
            return
        self.refused += 1
        if len(self.refusals) < KEPT:
            self.refusals.append(Refusal(file=chunk.source.file, number=chunk.number, reason=receipt.reason))

    def lines(self, *, seconds: float) -> Iterator[str]:
        """The report."""
        yield (
            f"{self.accepted} chunks accepted, {self.refused} refused; {self.size / 1e6:.1f} MB"
            f" in {seconds:.1f} s, {self.accepted / max(seconds, 0.001):.0f} records/s"
        )
        for refusal in self.refusals:
            yield f"refused: {refusal}"
        if self.refused > len(self.refusals):
            yield f"refused: {self.refused - len(self.refusals)} more"
