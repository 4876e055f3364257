"""What makes a request itself, whichever processor is asked, and however often.

Envoy asks another processor when one dies. What is issued for a request is therefore made from Envoy's own id and clock,
so that a request that was taken twice has one id and its records meet under one key.
"""

import hashlib
from collections.abc import Mapping

from runtime.clock import Clock

TIME_HEADER = "x-gateway-time"
"""Set by Envoy when the request came, in ms since the epoch; clients cannot set it."""

UNIQUE_BYTES = 24

_FRESH = hashlib.blake2b(digest_size=UNIQUE_BYTES, person=b"sluice-request")  # copied for each request, never fed


def unique(headers: Mapping[str, str], *, clock: Clock) -> bytes:
    """24 bytes from Envoy's request id, a random UUID; random where there is none."""
    request_id = headers.get("x-request-id", "")
    if not request_id:
        return clock.random(UNIQUE_BYTES)
    digest = _FRESH.copy()
    digest.update(request_id.encode())
    return digest.digest()


def received_at(headers: Mapping[str, str], *, clock: Clock) -> int:
    """Envoy's time, in ms since the epoch; ours where there is none."""
    stated = headers.get(TIME_HEADER, "")
    return int(stated) if stated.isdecimal() else clock.now_ms()
