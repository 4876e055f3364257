"""Every error of librdkafka becomes one of the bus."""

import pytest
from confluent_kafka import KafkaError, KafkaException

from bus.errors import BusError, BusFull, BusRefused, BusUnavailable, CommitLost, UnknownTopic
from bus.librdkafka.errors import bus_error, code_of, delivery_error, is_fatal, mapped


def _raised(code: int, *, fatal: bool = False) -> KafkaException:
    return KafkaException(KafkaError(code, fatal=fatal))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (_raised(KafkaError._TIMED_OUT), BusUnavailable),
        (_raised(KafkaError._TRANSPORT), BusUnavailable),
        (_raised(KafkaError.NOT_ENOUGH_REPLICAS), BusUnavailable),
        (RuntimeError("Producer has been closed"), BusUnavailable),
        (_raised(KafkaError.ILLEGAL_GENERATION), CommitLost),
        (_raised(KafkaError.UNKNOWN_MEMBER_ID), CommitLost),
        (_raised(KafkaError.UNKNOWN_TOPIC_OR_PART), UnknownTopic),
        (_raised(KafkaError._UNKNOWN_PARTITION), UnknownTopic),
        (_raised(KafkaError.TOPIC_AUTHORIZATION_FAILED), BusRefused),
        (_raised(KafkaError.INVALID_REPLICATION_FACTOR), BusRefused),
        (BusFull(limit=1), BusFull),
    ],
)
def test_each_is_told_by_who_can_act(error: Exception, expected: type[BusError]) -> None:
    """Away, moved on, unknown or refused; errors of the bus pass as they are."""
    assert expected is type(bus_error(error, doing="asking", group="g", topic="t"))


def test_the_cause_is_kept() -> None:
    """The mapped error says what was being done, and carries the one it came from."""
    raised = _raised(KafkaError._TIMED_OUT)
    with pytest.raises(BusUnavailable, match="while asking") as caught, mapped("asking"):
        raise raised
    assert raised is caught.value.__cause__


@pytest.mark.parametrize(
    ("error", "retriable"),
    [
        (KafkaError(KafkaError._MSG_TIMED_OUT), True),
        (KafkaError(KafkaError._PURGE_INFLIGHT), True),
        (KafkaError(KafkaError.NOT_ENOUGH_REPLICAS), True),
        (_raised(KafkaError._UNKNOWN_TOPIC), True),
        (BufferError("full"), True),
        (_raised(KafkaError.MSG_SIZE_TOO_LARGE), False),
        (KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED), False),
        (UnknownTopic(topic="t"), False),
        (TypeError("no text"), False),
    ],
)
def test_a_delivery_says_whether_it_may_succeed_later(error: Exception | KafkaError, retriable: bool) -> None:  # noqa: FBT001 - a table
    """Time helps against an outage, and not against a record that is too large."""
    failed = delivery_error(error, topic="t")
    assert ("t", retriable) == (failed.topic, failed.retriable)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (_raised(KafkaError._FATAL), True),
        (_raised(KafkaError._FENCED, fatal=True), True),
        (_raised(KafkaError._TIMED_OUT), False),
        (ValueError("none of librdkafka"), False),
    ],
)
def test_beyond_repair_is_told_from_the_rest(error: Exception, expected: bool) -> None:  # noqa: FBT001 - a table
    """Only then a client is replaced that refuses a record."""
    assert expected is is_fatal(error)
    assert (code_of(error) is None) is isinstance(error, ValueError)
