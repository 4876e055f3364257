"""The spans of a processor, by OpenTelemetry's conventions for RPC, HTTP and messaging.

https://opentelemetry.io/docs/specs/semconv/
No span names a caller, a path or a query: a route is a name in gateway.yaml.
"""

from collections.abc import Mapping

from bus.records import Receipt
from runtime.tracing.context import TraceContext, context_of
from runtime.tracing.span import Attributes, Span
from runtime.tracing.tracer import Tracer

_FIRST_FAILURE = 500


def pipeline(tracer: Tracer, called_by: TraceContext | None, headers: Mapping[str, str], *, route: str) -> Span:
    """The work of a route's chain on one request; part of Envoy's span, else of the client's where it names one."""
    attributes: Attributes = {"rpc.system": "grpc", "sluice.route": route}
    return tracer.join(called_by or context_of(headers), f"pipeline {route}", kind="server", attributes=attributes)


def ended(span: Span, *, code: str, tier: str) -> None:
    """The chain has ended: in an answer with that status, or in letting the request pass (`upstream`, `upload`)."""
    if span.recording:
        span.note("sluice.tier", tier)
        if code.isdecimal():
            span.note("http.response.status_code", int(code))
            if int(code) >= _FIRST_FAILURE:
                span.failed(code)
    span.end()


def sending(span: Span, topic: str, *, count: int = 1) -> Span:
    """The writing of a record, or of some, from its making to its acknowledgement. Records hand on this span."""
    attributes: dict[str, str | int] = {
        "messaging.system": "kafka",
        "messaging.operation.type": "send",
        "messaging.operation.name": "send",
        "messaging.destination.name": topic,
    }
    if count != 1:
        attributes["messaging.batch.message_count"] = count
    return span.child(f"send {topic}", kind="producer", attributes=attributes)


def sent(span: Span, receipt: Receipt) -> None:
    """The record is acknowledged."""
    span.note("messaging.destination.partition.id", str(receipt.partition))
    span.note("messaging.kafka.offset", receipt.offset)
    span.end()
