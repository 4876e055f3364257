"""How Kafka is reached, and the topics that Sluice owns."""

from typing import Literal

from pydantic import PositiveInt

from runtime.settings.base import Seconds, Section


class ProducerSettings(Section):
    """Bounds of a producer."""

    max_in_flight: PositiveInt = 10000
    """Records; past it, `send` refuses with 503 at the edge and workers wait."""

    delivery_timeout: Seconds = 5.0
    """Seconds until an unacknowledged record has failed."""

    linger: Seconds = 0.0
    """Seconds to wait for more records for a batch."""

    bulk_linger: Seconds = 0.005
    """The same for the records of uploads, which have a producer of their own: they come in numbers, and wait for none."""

    compression: Literal["none", "gzip"] = "none"
    """Of record batches."""


class ConsumerSettings(Section):
    """Bounds of a consumer."""

    max_batch: PositiveInt = 500
    """Records handed over in one batch."""

    max_waiting: PositiveInt = 4
    """Batches that may wait unread before fetching stops."""

    session_timeout: Seconds = 10.0
    """Seconds without a heartbeat until the group moves on."""

    rebalance_timeout: Seconds = 60.0
    """Seconds a member may take to give partitions back."""


Client = Literal["kafka-python", "librdkafka"]


class ClientSettings(Section):
    """Which client library speaks to Kafka. Both keep the same promises."""

    gateway: Client = "kafka-python"
    """In processors and results servers."""

    workers: Client = "kafka-python"
    """In workers."""


class KafkaSettings(Section):
    """The cluster."""

    bootstrap: str
    """Host:port, several separated by commas."""

    clients: ClientSettings = ClientSettings()
    """Which client library speaks to it."""

    producer: ProducerSettings = ProducerSettings()
    """Bounds of producers."""

    consumer: ConsumerSettings = ConsumerSettings()
    """Bounds of consumers."""


class TopicSettings(Section):
    """A topic as it is created, and as it must be found."""

    partitions: PositiveInt = 6
    """An existing topic may have more, never fewer."""

    replication: PositiveInt = 1
    """Replicas of each partition; 3 in production."""

    cleanup: Literal["delete", "compact"] = "delete"
    """`compact` keeps the newest record of each key."""

    retention: Seconds | None = None
    """Seconds; absent leaves the broker's default."""
