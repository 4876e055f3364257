"""How a record of kafka-python becomes ours."""

from types import SimpleNamespace

from bus.kafka.polling import received


def test_a_header_without_a_value_is_empty() -> None:
    """Kafka lets anybody write one, and nobody who reads headers as bytes is to stumble over it."""
    headers = [("user-id", None), ("ce_id", b"1")]
    record = SimpleNamespace(topic="t", partition=0, offset=1, timestamp=2, key=None, value=None, headers=headers)
    assert received(record).headers == (("user-id", b""), ("ce_id", b"1"))
