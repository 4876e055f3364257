"""What is known of a piece of work while it lasts, for whoever does the work: not how, or whether, it is recorded."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal, Protocol

from runtime.tracing.context import TraceContext

Kind = Literal["internal", "server", "client", "producer", "consumer"]
Value = str | int | float | bool | Sequence[str]
Attributes = Mapping[str, Value]
Links = Sequence[TraceContext]

NONE: Attributes = {}


class Span(Protocol):
    """A piece of work. It is recorded once it has ended."""

    @property
    def context(self) -> TraceContext | None:
        """Where it stands, to be handed on; `None` where there is no tracing."""

    @property
    def recording(self) -> bool:
        """Whether it is worth finding out what to `note`."""

    def child(
        self, name: str, *, kind: Kind = "internal", attributes: Attributes = NONE, start: int | None = None
    ) -> "Span":
        """A part of this work, which begins now, or at a time in ms since the epoch."""

    def note(self, name: str, value: Value) -> None:
        """Says more of it."""

    def link(self, context: TraceContext) -> None:
        """Other work, elsewhere, has to do with it."""

    def failed(self, why: str) -> None:
        """It has failed; `why` is of few kinds, such as a class or a status, and never a message. The first counts."""

    def end(self, *, at: int | None = None) -> None:
        """It is over, now or at a time in ms since the epoch; nothing more can be said of it."""


class Unrecorded:
    """As `Span`, of a trace that nobody records: it hands on where it stands, and everything else is forgotten."""

    __slots__ = ("context",)

    recording = False

    def __init__(self, context: TraceContext | None) -> None:
        self.context = context

    def child(
        self, name: str, *, kind: Kind = "internal", attributes: Attributes = NONE, start: int | None = None
    ) -> Span:
        """Itself."""
        return self

    def note(self, name: str, value: Value) -> None:
        """Nothing."""

    def link(self, context: TraceContext) -> None:
        """Nothing."""

    def failed(self, why: str) -> None:
        """Nothing."""

    def end(self, *, at: int | None = None) -> None:
        """Nothing."""


UNTRACED: Span = Unrecorded(None)
"""Stands for a span where there is no tracing at all."""


@contextmanager
def lasting(span: Span) -> Iterator[Span]:
    """The span ends with the context, and has failed where that is left by an error."""
    try:
        yield span
    except BaseException as error:
        span.failed(type(error).__name__)
        raise
    finally:
        span.end()
