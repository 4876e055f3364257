"""The last span of a query's trace: its events reach the socket of a reader."""

from collections.abc import Sequence

from ext_proc.results.live.event import Event
from runtime.tracing.context import PARENT, TraceContext, parsed
from runtime.tracing.span import Attributes, Span
from runtime.tracing.tracer import Tracer


class Delivery:
    """Of one stream of one key. A key that is written again, in another trace, begins another span.

    Args:
        tracer: Of the process.
        topic: What is delivered.
        reader: The request whose stream it is, in a trace of its own: the two are linked.
    """

    def __init__(self, tracer: Tracer, *, topic: str, reader: TraceContext | None) -> None:
        self._tracer = tracer
        self._topic = topic
        self._reader = reader
        self._trace = ""
        self._span: Span | None = None
        self._events = 0

    def took(self, events: Sequence[Event], *, live: int, now: int) -> None:
        """These were written, at `now` in ms since the epoch; those from the offset `live` on had not been waiting."""
        for event in events:
            self._took(event, live=event.offset >= live, now=now)

    def end(self) -> None:
        """The stream has ended."""
        span, self._span, self._trace = self._span, None, ""
        if span is not None:
            span.note("messaging.batch.message_count", self._events)
            span.end()

    def _took(self, event: Event, *, live: bool, now: int) -> None:
        context = parsed(event.headers.get(PARENT, b"").decode("latin-1"))
        if context is None:
            return
        if context.trace_id != self._trace:
            self.end()
            self._span = self._begun(context, at=min(event.timestamp, now) if live else now)
            self._trace, self._events = context.trace_id, 0
        self._events += 1
        if self._span is not None and event.terminal:
            self._span.note("sluice.delay_ms", max(0, now - event.timestamp))
            self.end()

    def _begun(self, context: TraceContext, *, at: int) -> Span | None:
        if not context.sampled:
            return None
        about: Attributes = {
            "messaging.system": "kafka",
            "messaging.operation.type": "process",
            "messaging.operation.name": "deliver",
            "messaging.destination.name": self._topic,
        }
        links = (self._reader,) if self._reader is not None else ()
        return self._tracer.join(
            context, f"deliver {self._topic}", kind="consumer", attributes=about, links=links, start=at
        )
