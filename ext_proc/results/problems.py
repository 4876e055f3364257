"""What a reader is answered in place of a stream: one table from error to reply."""

from collections.abc import Callable

from bus.errors import BusError
from ext_proc.challenge import BAD_TICKET, unauthorized
from ext_proc.reply import Reply, not_found, problem
from ext_proc.results.errors import Busy, Finished, ForeignEventId, MalformedEventId, Spent, UnknownResult
from ext_proc.results.reader.subscription import NotFromGateway

RETRY_AFTER = 2  # seconds
ELSEWHERE = "x-gateway-elsewhere"
"""A response header by which Envoy asks another results server, and which no client sees."""


def reply_to(error: Exception, *, instance: str, trace_id: str) -> Reply:
    """The answer to one of `REFUSALS`. It never shows the error's own text."""
    if isinstance(error, Spent):
        return unauthorized(BAD_TICKET, realm=error.realm, instance=instance, trace_id=trace_id)
    make = next(make for kind, make in _TABLE if isinstance(error, kind))
    return make(instance, trace_id)


def _unavailable(instance: str, trace_id: str, *more: tuple[str, str]) -> Reply:
    return problem(
        503,
        "results-unavailable",
        "The result cannot be streamed now.",
        instance=instance,
        trace_id=trace_id,
        headers=(("retry-after", str(RETRY_AFTER)), *more),
    )


def _busy(instance: str, trace_id: str) -> Reply:
    """This process starts, stops or is full; another may not."""
    return _unavailable(instance, trace_id, (ELSEWHERE, "1"))


def method_not_allowed(*, instance: str, trace_id: str) -> Reply:
    """Results are read with GET."""
    return problem(
        405,
        "method-not-allowed",
        "Results are read with GET.",
        instance=instance,
        trace_id=trace_id,
        headers=(("allow", "GET"),),
    )


def _bad_id(detail: str, instance: str, trace_id: str) -> Reply:
    return problem(400, "bad-event-id", detail, instance=instance, trace_id=trace_id)


def _forbidden(instance: str, trace_id: str) -> Reply:
    return problem(403, "forbidden", "Results are read through the gateway.", instance=instance, trace_id=trace_id)


def internal_error(*, instance: str, trace_id: str) -> Reply:
    """Ours to repair; the log has the reason."""
    return problem(500, "internal", "Something went wrong here.", instance=instance, trace_id=trace_id)


# The first class that fits decides; `Finished` answers 204, at which EventSource stops for good.
_TABLE: tuple[tuple[type[Exception], Callable[[str, str], Reply]], ...] = (
    (Finished, lambda _instance, _trace: Reply(status=204, reason="finished")),
    (UnknownResult, lambda instance, trace: not_found(instance=instance, trace_id=trace)),
    (MalformedEventId, lambda instance, trace: _bad_id("Last-Event-ID is not an event id.", instance, trace)),
    (ForeignEventId, lambda instance, trace: _bad_id("Last-Event-ID is not of this stream.", instance, trace)),
    (NotFromGateway, _forbidden),
    (Busy, _busy),
    (BusError, _unavailable),
)
REFUSALS: tuple[type[Exception], ...] = (Spent, *(kind for kind, _ in _TABLE))
