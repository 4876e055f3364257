"""Whatever a plugin raises becomes an answer that shows nothing of the inside."""

import pytest

from bus.errors import BusError, BusFull, BusUnavailable, DeliveryFailed
from ext_proc.errors import Refused, reply_for
from ext_proc.exchange import Exchange
from ext_proc.reply import Reply

EXCHANGE = Exchange(
    route="r",
    method="POST",
    path="/a",
    query="",
    params={},
    headers={},
    claims={},
    unique=b"u" * 24,
    received_at=0,
    trace_id="t" * 32,
)


@pytest.mark.parametrize(
    ("error", "status", "reason", "retry_after"),
    [
        (BusFull(limit=1), 503, "busy", "1"),
        (BusUnavailable(doing="secret"), 503, "kafka-unavailable", "5"),
        (DeliveryFailed(topic="secret", reason="secret", retriable=True), 503, "kafka-unavailable", "5"),
        (DeliveryFailed(topic="secret", reason="secret", retriable=False), 413, "record-refused", None),
        (BusError("secret"), 503, "kafka-unavailable", "5"),
        (RuntimeError("secret"), 500, "internal", None),
        (Refused(Reply(status=418, reason="teapot")), 418, "teapot", None),
    ],
)
def test_the_table(error: Exception, status: int, reason: str, retry_after: str | None) -> None:
    """Each error has one status; none shows its own text."""
    reply = reply_for(error, EXCHANGE)
    assert (reply.status, reply.reason) == (status, reason)
    assert dict(reply.headers).get("retry-after") == retry_after
    assert b"secret" not in reply.body
