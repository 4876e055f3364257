"""What a chain answers to a client, in place of the upstream."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson

PROBLEM = "application/problem+json"
PROBLEM_TYPES = "https://sluice.example/problems/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A whole HTTP answer. `reason` is a stable word for metrics and the access log."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


def problem(
    status: int,
    reason: str,
    detail: str,
    *,
    instance: str,
    trace_id: str,
    headers: tuple[tuple[str, str], ...] = (),
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
