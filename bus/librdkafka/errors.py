"""What librdkafka says, as what `bus.errors` says: the one table of it."""

from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import KafkaError, KafkaException

from bus.errors import BusError, BusRefused, BusUnavailable, CommitLost, DeliveryFailed, UnknownTopic

# The group has gone on without this member, or goes on in a way that no retry helps.
STALE = frozenset(
    {
        KafkaError.FENCED_INSTANCE_ID,
        KafkaError.ILLEGAL_GENERATION,
        KafkaError.UNKNOWN_MEMBER_ID,
        KafkaError._ASSIGNMENT_LOST,  # noqa: SLF001 - how the library names its own codes
        KafkaError._MAX_POLL_EXCEEDED,  # noqa: SLF001
    }
)

# Another transactional producer has the name; or the broker has ended a transaction that took too long.
FENCED = frozenset(
    {KafkaError.PRODUCER_FENCED, KafkaError.INVALID_PRODUCER_EPOCH, KafkaError._FENCED}  # noqa: SLF001
)

MISSING = frozenset(
    {
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError._UNKNOWN_TOPIC,  # noqa: SLF001
        KafkaError._UNKNOWN_PARTITION,  # noqa: SLF001
    }
)

FORBIDDEN = frozenset(
    {
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.SASL_AUTHENTICATION_FAILED,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
        KafkaError._AUTHENTICATION,  # noqa: SLF001
    }
)

# The same record will be refused every time.
_PERMANENT = FORBIDDEN | {
    KafkaError.INVALID_MSG,
    KafkaError.INVALID_RECORD,
    KafkaError.MSG_SIZE_TOO_LARGE,
    KafkaError.POLICY_VIOLATION,
    KafkaError.RECORD_LIST_TOO_LARGE,
    KafkaError.TOPIC_EXCEPTION,
    KafkaError._INVALID_ARG,  # noqa: SLF001
}

# No broker said this, or it passes by itself.
AWAY = frozenset(
    {
        KafkaError.BROKER_NOT_AVAILABLE,
        KafkaError.CONCURRENT_TRANSACTIONS,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.KAFKA_STORAGE_ERROR,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.NETWORK_EXCEPTION,
        KafkaError.NOT_CONTROLLER,
        KafkaError.NOT_COORDINATOR,
        KafkaError.NOT_ENOUGH_REPLICAS,
        KafkaError.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.OFFSET_NOT_AVAILABLE,
        KafkaError.REBALANCE_IN_PROGRESS,
        KafkaError.REPLICA_NOT_AVAILABLE,
        KafkaError.REQUEST_TIMED_OUT,
        KafkaError.UNSTABLE_OFFSET_COMMIT,
        KafkaError._ALL_BROKERS_DOWN,  # noqa: SLF001
        KafkaError._DESTROY,  # noqa: SLF001
        KafkaError._DESTROY_BROKER,  # noqa: SLF001
        KafkaError._FAIL,  # noqa: SLF001
        KafkaError._IN_PROGRESS,  # noqa: SLF001
        KafkaError._MSG_TIMED_OUT,  # noqa: SLF001
        KafkaError._RESOLVE,  # noqa: SLF001
        KafkaError._RETRY,  # noqa: SLF001
        KafkaError._STATE,  # noqa: SLF001
        KafkaError._TIMED_OUT,  # noqa: SLF001
        KafkaError._TIMED_OUT_QUEUE,  # noqa: SLF001
        KafkaError._TRANSPORT,  # noqa: SLF001
        KafkaError._WAIT_COORD,  # noqa: SLF001
    }
)


@contextmanager
def mapped(doing: str, *, group: str = "", topic: str = "") -> Iterator[None]:
    """Turns what confluent-kafka raises inside into errors of the bus.

    Args:
        doing: Completes "Kafka did not answer while".
        group: The consumer group, where one is concerned.
        topic: The topic, where one is concerned.
    """
    try:
        yield
    except Exception as error:
        raise bus_error(error, doing=doing, group=group, topic=topic) from error


def bus_error(error: Exception | KafkaError, *, doing: str, group: str = "", topic: str = "") -> BusError:
    """The bus's word for an error of librdkafka; one that it does not know means that its client is closed."""
    if isinstance(error, BusError):
        return error
    told = cause(error)
    if told is None:
        return BusUnavailable(doing=doing)
    if told.code() in STALE:
        return CommitLost(group=group)
    if told.code() in MISSING and topic:
        return UnknownTopic(topic=topic)
    if told.code() in AWAY or told.retriable():
        return BusUnavailable(doing=doing)
    return BusRefused(doing=doing, reason=_reason(told))


def cause(error: Exception | KafkaError) -> KafkaError | None:
    """What librdkafka said, out of what confluent-kafka raised; `None` where it is not the one who complains."""
    if isinstance(error, KafkaError):
        return error
    told = error.args[0] if isinstance(error, KafkaException) and error.args else None
    return told if isinstance(told, KafkaError) else None


def code_of(error: Exception) -> int | None:
    """The code of what librdkafka said, if it did."""
    told = cause(error)
    return None if told is None else told.code()


def is_away(error: Exception | KafkaError) -> bool:
    """Whether time may help."""
    told = cause(error)
    return told is not None and (told.code() in AWAY or told.retriable())


def is_fatal(error: Exception | KafkaError) -> bool:
    """Whether the client is beyond repair."""
    told = cause(error)
    return told is not None and (told.fatal() or told.code() == KafkaError._FATAL)  # noqa: SLF001


def is_missing(error: Exception | KafkaError) -> bool:
    """Whether there is no such topic or partition, or no broker to say so."""
    told = cause(error)
    return told is not None and told.code() in MISSING


def delivery_error(error: Exception | KafkaError, *, topic: str) -> DeliveryFailed:
    """What became of a record that was not acknowledged."""
    if isinstance(error, UnknownTopic | ValueError | TypeError):
        return DeliveryFailed(topic=topic, reason=f"{type(error).__name__}: {error}", retriable=False)
    told = cause(error)
    if told is None:
        return DeliveryFailed(topic=topic, reason=f"{type(error).__name__}: {error}", retriable=True)
    return DeliveryFailed(topic=topic, reason=_reason(told), retriable=told.code() not in _PERMANENT)


def _reason(error: KafkaError) -> str:
    return f"{error.name()}: {error.str()}"
