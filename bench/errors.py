"""What can go wrong in a measurement. None of it can be averaged away, so each ends the run.

BenchError
├── AnswerUnreadable    a contender answers in a way that the load generator does not read
├── CoefficientMissing  the last run did not measure what capacity is computed from
├── DocumentUnmarked    the report has no place for the figures
├── HelperFailed        a process that loads or watches has ended
└── Unmeasured          a contender refused, or answered less than it was asked
"""

from pathlib import Path


class BenchError(Exception):
    """Base of all."""


class AnswerUnreadable(BenchError):
    """An answer that does not say where it ends."""

    def __init__(self, *, head: str) -> None:
        self.head = head
        super().__init__(f"an answer that does not say where it ends: {head!r}")


class CoefficientMissing(BenchError):
    """The last run did not measure what capacity is computed from."""

    def __init__(self, *, name: str) -> None:
        self.name = name
        super().__init__(f"docs/performance.json has no {name}; `make bench` writes it")


class HelperFailed(BenchError):
    """A helping process ended before its result."""

    def __init__(self, *, module: str) -> None:
        self.module = module
        super().__init__(f"python -m {module} ended without a result; what it said is above")


class Unmeasured(BenchError):
    """Figures would be of something else than what was asked for."""

    def __init__(self, *, what: str, reason: str) -> None:
        self.what, self.reason = what, reason
        super().__init__(f"{what} could not be measured: {reason}")


class DocumentUnmarked(BenchError):
    """The report has no place for the figures."""

    def __init__(self, *, document: Path) -> None:
        self.document = document
        super().__init__(f"{document} has no marks around its measured part")
