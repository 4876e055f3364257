"""Every error of kafka-python becomes one of the bus."""

from importlib import import_module
from typing import Any

import pytest

from bus.errors import BusError, BusFull, BusRefused, BusUnavailable, CommitLost, UnknownTopic
from bus.kafka.errors import Retriable, bus_error, delivery_error, mapped, raise_if_retriable

kafka_errors: Any = import_module("kafka.errors")  # after `bus.kafka`, which knows of the warnings of its import


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (kafka_errors.KafkaTimeoutError("late"), BusUnavailable),
        (kafka_errors.KafkaConnectionError("gone"), BusUnavailable),
        (kafka_errors.NodeNotReadyError("1"), BusUnavailable),
        (kafka_errors.IllegalStateError("closed"), BusUnavailable),
        (RuntimeError("loop closed"), BusUnavailable),
        (ConnectionResetError(), BusUnavailable),
        (kafka_errors.CommitFailedError("moved on"), CommitLost),
        (kafka_errors.UnknownMemberIdError("who"), CommitLost),
        (kafka_errors.UnknownTopicOrPartitionError("t"), UnknownTopic),
        (kafka_errors.TopicAuthorizationFailedError("t"), BusRefused),
        (kafka_errors.InvalidReplicationFactorError("3"), BusRefused),
        (BusFull(limit=1), BusFull),
    ],
)
def test_each_is_told_by_who_can_act(error: Exception, expected: type[BusError]) -> None:
    """Away, moved on, unknown or refused; errors of the bus pass as they are."""
    assert expected is type(bus_error(error, doing="asking", group="g", topic="t"))


def test_the_cause_is_kept() -> None:
    """The mapped error says what was being done, and carries the one it came from."""
    cause = kafka_errors.KafkaTimeoutError("late")
    with pytest.raises(BusUnavailable, match="while asking") as caught, mapped("asking"):
        raise cause
    assert cause is caught.value.__cause__


@pytest.mark.parametrize(
    ("error", "retriable"),
    [
        (kafka_errors.KafkaTimeoutError("late"), True),
        (kafka_errors.NotEnoughReplicasError(), True),
        (kafka_errors.IllegalStateError("closed"), True),
        (kafka_errors.MessageSizeTooLargeError("big"), False),
        (kafka_errors.TopicAuthorizationFailedError("t"), False),
        (ValueError("no key, no value"), False),
    ],
)
def test_a_delivery_says_whether_it_may_succeed_later(error: Exception, retriable: bool) -> None:  # noqa: FBT001 - a table
    """Time helps against an outage, and not against a record that is too large."""
    failed = delivery_error(error, topic="t")
    assert retriable is failed.retriable
    assert type(error).__name__ in failed.reason


@pytest.mark.parametrize(
    ("name", "raises"), [("CoordinatorLoadInProgressError", True), ("GroupIdNotFoundError", False), ("OK", False)]
)
def test_an_answer_that_names_a_passing_error_is_one(name: str, raises: bool) -> None:  # noqa: FBT001 - a parameter of the table
    """A broker that has just started reads its groups first; whoever asks then asks again."""
    try:
        raise_if_retriable(name)
    except Retriable:
        assert raises
    else:
        assert not raises
