"""Spans as OpenTelemetry's SDK makes and sends them; the only importer of it.

A span whose trace is not recorded never comes here: to hand its context on takes no SDK.
"""

from collections.abc import Mapping

from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    TraceState,
    set_span_in_context,
)
from opentelemetry.trace import Span as SdkSpan
from opentelemetry.trace import Tracer as OtelTracer

from runtime.tracing.context import TraceContext
from runtime.tracing.environment import GRPC, Export, Sampling
from runtime.tracing.span import NONE, Attributes, Kind, Links, Span, Unrecorded, Value

SCOPE = "sluice"
CLOSING = 2.0  # seconds that a process which ends gives to a collector that does not answer

_KINDS: Mapping[Kind, SpanKind] = {
    "internal": SpanKind.INTERNAL,
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "producer": SpanKind.PRODUCER,
    "consumer": SpanKind.CONSUMER,
}
_NOWHERE = Context()


class SdkTracer:
    """As `Tracer`."""

    def __init__(self, processor: SpanProcessor, *, resource: Resource, sampling: Sampling) -> None:
        # Where others have decided, that counts whatever the variable says: what the edge has let into a trace is
        # recorded as a whole or not at all.
        sampler = ParentBased(root=TraceIdRatioBased(sampling.ratio))
        provider = TracerProvider(sampler=sampler, resource=resource, shutdown_on_exit=False)
        provider.add_span_processor(processor)
        self._tracer = provider.get_tracer(SCOPE)

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
        """As `Tracer.join`."""
        if context is not None and not context.sampled:
            return Unrecorded(context)
        made = self._tracer.start_span(
            name,
            _NOWHERE if context is None else set_span_in_context(NonRecordingSpan(_remote(context)), _NOWHERE),
            _KINDS[kind],
            attributes=attributes,
            links=[Link(_remote(each)) for each in links],
            start_time=_nanoseconds(start),
            record_exception=False,
            set_status_on_exception=False,
        )
        return _Recorded(made, self._tracer) if made.is_recording() else Unrecorded(_context(made))


class _Recorded:
    """As `Span`."""

    __slots__ = ("_failed", "_span", "_tracer", "context")

    recording = True

    def __init__(self, span: SdkSpan, tracer: OtelTracer) -> None:
        self._span = span
        self._tracer = tracer
        self._failed = False
        self.context: TraceContext | None = _context(span)

    def child(
        self, name: str, *, kind: Kind = "internal", attributes: Attributes = NONE, start: int | None = None
    ) -> Span:
        made = self._tracer.start_span(
            name,
            set_span_in_context(self._span, _NOWHERE),
            _KINDS[kind],
            attributes=attributes,
            start_time=_nanoseconds(start),
            record_exception=False,
            set_status_on_exception=False,
        )
        return _Recorded(made, self._tracer)

    def note(self, name: str, value: Value) -> None:
        self._span.set_attribute(name, value)

    def link(self, context: TraceContext) -> None:
        self._span.add_link(_remote(context))

    def failed(self, why: str) -> None:
        if not self._failed:
            self._failed = True
            self._span.set_attribute("error.type", why)
            self._span.set_status(StatusCode.ERROR)

    def end(self, *, at: int | None = None) -> None:
        self._span.end(_nanoseconds(at))


class Sender:
    """Sends spans to a collector from a thread of its own.

    What waits to be sent is bounded (`OTEL_BSP_MAX_QUEUE_SIZE`); past that, spans are dropped.
    """

    def __init__(self, export: Export) -> None:
        self._exporter = _exporter(export)
        self._batches = BatchSpanProcessor(self._exporter, schedule_delay_millis=export.delay * 1000)

    @property
    def processor(self) -> SpanProcessor:
        """What a tracer hands its spans to."""
        return self._batches

    def close(self) -> None:
        """Sends what waits, in the time that there is; from any thread."""
        self._batches._batch_processor.shutdown(round(CLOSING * 1000))  # noqa: SLF001  # the one that takes a deadline


def resource(export: Export, *, system: str, process: str, number: int) -> Resource:
    """Who speaks; what `OTEL_RESOURCE_ATTRIBUTES` says besides is read by the SDK."""
    return Resource.create(
        {
            "service.namespace": system,
            "service.name": export.service or f"{system}-{process}",
            "service.instance.id": f"{process}-{number}",
        }
    )


def _exporter(export: Export) -> SpanExporter:
    """One of the two, which reads all that is not said here from the standard variables itself."""
    if export.protocol == GRPC:
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import (  # noqa: PLC0415  # whoever sends HTTP needs no gRPC
            OTLPSpanExporter as GrpcExporter,
        )

        return GrpcExporter(endpoint=export.endpoint)
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415  # nor the other way round
        OTLPSpanExporter as HttpExporter,
    )

    return HttpExporter(endpoint=export.endpoint)


def _remote(context: TraceContext) -> SpanContext:
    return SpanContext(
        trace_id=int(context.trace_id, 16),
        span_id=int(context.span_id, 16),
        is_remote=True,
        trace_flags=TraceFlags(TraceFlags.SAMPLED if context.sampled else TraceFlags.DEFAULT),
        trace_state=TraceState.from_header([context.state]) if context.state else None,
    )


def _context(span: SdkSpan) -> TraceContext:
    said = span.get_span_context()
    parent = f"00-{said.trace_id:032x}-{said.span_id:016x}-{said.trace_flags:02x}"
    return TraceContext(parent, said.trace_state.to_header())


def _nanoseconds(milliseconds: int | None) -> int | None:
    return None if milliseconds is None else milliseconds * 1_000_000
