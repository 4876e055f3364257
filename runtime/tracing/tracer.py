"""Where spans begin. Whoever has no tracer (`None`) does not trace, and pays for finding that out and for nothing else."""

from typing import Protocol

from runtime.tracing.context import TraceContext
from runtime.tracing.span import NONE, Attributes, Kind, Links, Span


class Tracer(Protocol):
    """Begins the spans of one process."""

    def join(
        self,
        context: TraceContext | None,
        name: str,
        *,
        kind: Kind,
        attributes: Attributes = NONE,
        links: Links = (),
        start: int | None = None,
    ) -> Span:
        """Work that follows from another's: it is recorded where that one is. Without one a trace begins, by the sampler.

        It begins now, or at a time in ms since the epoch.
        """
