"""What the process that uploads is asked for, and what it found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from bench.address import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadJob:
    """One upload of many lines.

    Attributes:
        head: The request's head, up to its empty line; the body is sent in chunks.
        lines: The lines, each with its line feed, sent over and over in this order.
        records: How many are sent.
    """

    at: Address
    head: str
    lines: tuple[str, ...]
    records: int

    @classmethod
    def told(cls, job: Mapping[str, Any]) -> Self:
        """The job that has travelled as JSON."""
        return cls(**{**job, "at": Address(**job["at"]), "lines": tuple(job["lines"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadResult:
    """Of one upload.

    Attributes:
        seconds: From the first byte to the last receipt.
        accepted: Receipts that say 202.
        answered: What was answered where that is not all of it: the head, or the last line.
        cpu: Seconds that the process used itself.
    """

    seconds: float
    accepted: int
    answered: str
    cpu: float
