"""How Kafka is reached, and the topics that Sluice owns."""

from typing import Literal

from pydantic import Field, PositiveInt

from runtime.settings.base import Seconds, Section


class ProducerSettings(Section):
    """Bounds of a producer."""

    max_in_flight: PositiveInt = Field(
        default=10_000, description="records; past it, `send` refuses with 503 at the edge and workers wait"
    )
    delivery_timeout: Seconds = Field(default=5.0, description="seconds until an unacknowledged record has failed")
    linger: Seconds = Field(default=0.0, description="seconds to wait for more records for a batch")
    compression: Literal["none", "gzip"] = "none"


class ConsumerSettings(Section):
    """Bounds of a consumer."""

    max_batch: PositiveInt = Field(default=500, description="records handed over in one batch")
    max_waiting: PositiveInt = Field(default=4, description="batches that may wait unread before fetching stops")
    session_timeout: Seconds = Field(default=10.0, description="seconds without a heartbeat until the group moves on")
    rebalance_timeout: Seconds = Field(default=60.0, description="seconds a member may take to give partitions back")


class KafkaSettings(Section):
    """The cluster."""

    bootstrap: str = Field(description="host:port, several separated by commas")
    producer: ProducerSettings = ProducerSettings()
    consumer: ConsumerSettings = ConsumerSettings()


class TopicSettings(Section):
    """A topic as it is created, and as it must be found."""

    partitions: PositiveInt = 6
    replication: PositiveInt = 1
    cleanup: Literal["delete", "compact"] = "delete"
    retention: Seconds | None = Field(default=None, description="seconds; absent leaves the broker's default")
