"""The trace that a request belongs to (https://www.w3.org/TR/trace-context/)."""

import re
from collections.abc import Mapping

LONGEST_STATE = 512

_PARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}\Z")
_HEX = re.compile(r"[0-9a-f]{32}\Z")


def trace_id(headers: Mapping[str, str]) -> str:
    """The client's trace id, else the one that Envoy's request id makes (a UUID is 32 hexadecimal digits)."""
    given = headers.get("traceparent")
    match = _PARENT.match(given) if given else None
    if match:
        return match.group(1)
    made = headers.get("x-request-id", "").replace("-", "")
    return made if _HEX.match(made) else "0" * 32


def state(headers: Mapping[str, str]) -> str:
    """The `tracestate` for the record; one that is longer than vendors must hand on (W3C, 3.3.1.5) is left out."""
    given = headers.get("tracestate", "")
    return given if len(given) <= LONGEST_STATE else ""


def parent(headers: Mapping[str, str], *, trace: str, span: bytes) -> str:
    """The `traceparent` for the record: the client's, else a new one in `trace`, its `trace_id`, with a span of 8 bytes."""
    given = headers.get("traceparent")
    return given if given and _PARENT.match(given) else f"00-{trace}-{span.hex()}-01"
