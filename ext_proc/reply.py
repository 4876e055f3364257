"""What a chain answers to a client, in place of the upstream."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

import orjson

from schemas.violation import Violation

Headers = tuple[tuple[str, str], ...]

PROBLEM = "application/problem+json"
PROBLEM_TYPES = "https://sluice.example/problems/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A whole HTTP answer. `reason` is a stable word for metrics and the access log."""

    status: int
    reason: str
    headers: Headers = ()
    body: bytes = b""

    def bare(self) -> "Reply":
        """The same without a body; status and headers say what they did."""
        kept = tuple((name, value) for name, value in self.headers if name != "content-type")
        return replace(self, headers=kept, body=b"")


def problem(
    status: int,
    reason: str,
    detail: str,
    *,
    instance: str,
    trace_id: str,
    headers: Headers = (),
    extensions: Mapping[str, Any] | None = None,
) -> Reply:
    """An error as RFC 9457 has it; `reason` also names its type."""
    document = {
        "type": PROBLEM_TYPES + reason,
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": instance,
        "trace_id": trace_id,
        **(extensions or {}),
    }
    return Reply(
        status=status,
        reason=reason,
        headers=(("content-type", PROBLEM), *headers),
        body=orjson.dumps(document),
    )


def not_found(*, instance: str, trace_id: str) -> Reply:
    """The one answer for what is not there and for what is not the caller's: neither can be told from the other."""
    return problem(404, "not-found", "There is no such resource.", instance=instance, trace_id=trace_id)


def invalid(violations: Sequence[Violation], *, instance: str, trace_id: str) -> Reply:
    """400 with everything that is wrong with a body."""
    errors = [{"pointer": violation.pointer, "detail": violation.detail} for violation in violations]
    return problem(
        400,
        "invalid-body",
        "The body is not as declared.",
        instance=instance,
        trace_id=trace_id,
        extensions={"errors": errors},
    )
