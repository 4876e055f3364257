"""Where a span stands, as it travels from process to process (https://www.w3.org/TR/trace-context/)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

PARENT, STATE = "traceparent", "tracestate"
"""The names of the headers, of requests and of records alike."""

_PARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}\Z")
_SAMPLED = 1


@dataclass(frozen=True, slots=True)
class TraceContext:
    """A span, and the trace that it is in.

    Attributes:
        parent: As in the header `traceparent`; it is well-formed.
        state: As in the header `tracestate`.
    """

    parent: str
    state: str = ""

    @property
    def trace_id(self) -> str:
        """32 hexadecimal digits."""
        return self.parent[3:35]

    @property
    def span_id(self) -> str:
        """16 hexadecimal digits."""
        return self.parent[36:52]

    @property
    def sampled(self) -> bool:
        """Whoever began the trace wants it recorded."""
        return bool(int(self.parent[53:], 16) & _SAMPLED)

    def unsampled(self) -> "TraceContext":
        """The same place in the same trace, for what is not to be recorded."""
        return TraceContext(f"{self.parent[:53]}00", self.state)


def parsed(parent: str | None, state: str | None = None) -> TraceContext | None:
    """The context in these two headers; `None` where the first is not as it should be."""
    return TraceContext(parent, state or "") if parent and _PARENT.match(parent) else None


def context_of(headers: Mapping[str, str]) -> TraceContext | None:
    """The context in a request's headers, whose names are in lower case or do not mind."""
    return parsed(headers.get(PARENT), headers.get(STATE))
