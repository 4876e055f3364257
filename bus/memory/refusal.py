"""What the in-memory cluster does not take."""

from bus.errors import DeliveryFailed, UnknownTopic
from bus.memory.cluster import Cluster
from bus.memory.partition_log import PartitionLog
from bus.records import Record

MAX_BYTES = 1_048_576  # what Kafka's producers take by default


def placed(cluster: Cluster, record: Record) -> tuple[PartitionLog, Record]:
    """The record and where it goes.

    Raises:
        DeliveryFailed: It is refused for good.
    """
    size = len(record.key or b"") + len(record.value or b"")
    if size > MAX_BYTES:
        raise DeliveryFailed(topic=record.topic, reason=f"{size} bytes are too many", retriable=False)
    try:
        return cluster.place(record), record
    except UnknownTopic as error:
        raise DeliveryFailed(topic=record.topic, reason=str(error), retriable=False) from error
