"""What kafka-python raises, as what `bus.errors` says: the one table of it."""

from collections.abc import Iterator
from contextlib import contextmanager

from kafka import errors as kafka_errors

from bus.errors import BusError, BusRefused, BusUnavailable, CommitLost, DeliveryFailed, UnknownTopic

KafkaError = kafka_errors.KafkaError
Retriable = kafka_errors.RetriableError
TimedOut = kafka_errors.KafkaTimeoutError
OutOfRange = kafka_errors.OffsetOutOfRangeError
Rebalancing = kafka_errors.RebalanceInProgressError
AlreadyExists = kafka_errors.TopicAlreadyExistsError
IllegalState = kafka_errors.IllegalStateError
TopicMissing = kafka_errors.UnknownTopicOrPartitionError

# The group has gone on without this member, or goes on in a way that no retry helps.
STALE = (
    kafka_errors.CommitFailedError,
    kafka_errors.FencedInstanceIdError,
    kafka_errors.IllegalGenerationError,
    kafka_errors.UnknownMemberIdError,
)

# Another transactional producer has the name; or the broker has ended a transaction that took too long.
FENCED = (kafka_errors.ProducerFencedError, kafka_errors.InvalidProducerEpochError)

Forbidden = kafka_errors.AuthorizationError

# The same record will be refused every time.
_PERMANENT = (
    Forbidden,
    kafka_errors.ClusterAuthorizationFailedError,
    kafka_errors.TopicAuthorizationFailedError,
    kafka_errors.CorruptRecordError,
    kafka_errors.InvalidRecordError,
    kafka_errors.InvalidTopicError,
    kafka_errors.MessageSizeTooLargeError,
    kafka_errors.PolicyViolationError,
    kafka_errors.RecordListTooLargeError,
    ValueError,  # kafka-python checks its arguments
    TypeError,
    UnknownTopic,
)

# Anything that the client says of its own state rather than of an answer: it lost or closed its connections.
_UNREACHABLE = (Retriable, kafka_errors.IllegalStateError, kafka_errors.BrokerNotAvailableError, OSError, RuntimeError)


@contextmanager
def mapped(doing: str, *, group: str = "", topic: str = "") -> Iterator[None]:
    """Turns what kafka-python raises inside into errors of the bus.

    Args:
        doing: Completes "Kafka did not answer while".
        group: The consumer group, where one is concerned.
        topic: The topic, where one is concerned.
    """
    try:
        yield
    except Exception as error:
        raise bus_error(error, doing=doing, group=group, topic=topic) from error


def bus_error(error: Exception, *, doing: str, group: str = "", topic: str = "") -> BusError:
    """The bus's word for an error of kafka-python."""
    if isinstance(error, BusError):
        return error
    if isinstance(error, STALE):
        return CommitLost(group=group)
    if isinstance(error, TopicMissing) and topic:
        return UnknownTopic(topic=topic)
    if isinstance(error, _UNREACHABLE):
        return BusUnavailable(doing=doing)
    return BusRefused(doing=doing, reason=_reason(error))


def raise_if_retriable(name: str) -> None:
    """Raises the error of that name where it passes by itself; some answers give names where others raise.

    Raises:
        Retriable: As `CoordinatorLoadInProgressError`, while a broker that has just started reads its groups.
    """
    kind = getattr(kafka_errors, name, None)
    if kind is not None and issubclass(kind, Retriable):
        raise kind(name)


def delivery_error(error: Exception, *, topic: str) -> DeliveryFailed:
    """What became of a record that was not acknowledged."""
    return DeliveryFailed(topic=topic, reason=_reason(error), retriable=not isinstance(error, _PERMANENT))


def _reason(error: Exception) -> str:
    text = str(error)
    name = type(error).__name__
    return text if name in text else f"{name}: {text}"
