"""What a user is told of a query that was given up: what they can do, never what was thrown."""

from dataclasses import dataclass
from http import HTTPStatus

from schemas.events import Failed
from workers.errors import StageError

TYPES = "https://sluice.example/problems/"


@dataclass(frozen=True, slots=True)
class _Advice:
    status: int
    detail: str


_ADVICE = {
    "model-rejected": _Advice(422, "The model does not take this question. Word it differently, then ask again."),
    "model-unavailable": _Advice(503, "The model did not answer in time. Ask again in a minute."),
    "deadline-exceeded": _Advice(
        504, "The question waited too long for its turn, and no model was asked. Ask again when less is going on."
    ),
    "model-unusable": _Advice(
        503, "The model is not set up as it should be, and the operator must mend it. Ask again later."
    ),
    "spend-limit": _Advice(
        503,
        "The spending limit for the model is reached. Asking again does not help before the operator raises it.",
    ),
    "malformed": _Advice(400, "The question could not be read. Ask it again."),
}
_OTHERWISE = _Advice(
    500, "Something failed on our side, and is recorded. Ask again, and report the trace_id if it recurs."
)


def problem(error: StageError, *, query_id: str, trace_id: str) -> Failed:
    """The terminal event of a query that failed for good."""
    advice = _ADVICE.get(error.reason, _OTHERWISE)
    return Failed(
        type=TYPES + (error.reason if error.reason in _ADVICE else "internal"),
        title=HTTPStatus(advice.status).phrase,
        status=advice.status,
        detail=advice.detail,
        query_id=query_id,
        trace_id=trace_id,
    )
