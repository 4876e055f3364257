"""How kafka-python's clients are configured, out of ours."""

import logging
from typing import Any

from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor

from runtime.settings.kafka import KafkaSettings

Options = dict[str, Any]

ANSWER_SECONDS = 5.0  # how long any request may take before Kafka counts as away
TRANSACTION_SECONDS = 10.0  # how long a writer that died may hold up who reads what it wrote to
BOOTSTRAP_SECONDS = 2.0  # one attempt to find a broker; whoever waits longer attempts again
POLL_SECONDS = 0.1  # how long a poll may keep its thread from hearing that it should end


def quiet() -> None:
    """Leaves only errors of kafka-python in the log, and none of those that a broker that is away makes.

    They come several a second from each of these, while that it is away reaches us as an error of the call concerned.
    """
    away = ("kafka.net", "kafka.cluster", "kafka.coordinator", "kafka.consumer.fetcher", "kafka.producer")
    for name, level in (("kafka", logging.ERROR), *((name, logging.CRITICAL) for name in away)):
        logger = logging.getLogger(name)
        if logger.level == logging.NOTSET:
            logger.setLevel(level)


def common(settings: KafkaSettings) -> Options:
    """What every client is given."""
    return {
        "bootstrap_servers": settings.bootstrap.split(","),
        "bootstrap_timeout_ms": ms(BOOTSTRAP_SECONDS),
        # The default backs off to 30 s, which is how long an edge would go on refusing after Kafka has come back.
        "reconnect_backoff_max_ms": 1000,
        "connections_max_idle_ms": ms(300),
        "proxy_url": "direct://",  # see `bus.kafka.client.TidySocket`
    }


def producer(settings: KafkaSettings) -> Options:
    """What the producer is given."""
    bounds = settings.producer
    # Half the time to deliver, so that a broker that hangs is asked a second time.
    request = max(bounds.delivery_timeout / 2, 0.1)
    return common(settings) | {
        "acks": "all",
        "enable_idempotence": True,
        "delivery_timeout_ms": ms(bounds.delivery_timeout + bounds.linger),
        "request_timeout_ms": ms(request),
        "max_block_ms": ms(bounds.delivery_timeout),
        "linger_ms": ms(bounds.linger),
        "compression_type": None if bounds.compression == "none" else bounds.compression,
        "allow_auto_create_topics": False,
        "metrics_enabled": False,
    }


def transactions(settings: KafkaSettings, *, name: str) -> Options:
    """What a transactional producer is given."""
    compression = settings.producer.compression
    return common(settings) | {
        "transactional_id": name,
        "acks": "all",
        "enable_idempotence": True,
        "transaction_timeout_ms": ms(TRANSACTION_SECONDS),
        "delivery_timeout_ms": ms(2 * ANSWER_SECONDS),  # its user waits for less
        "request_timeout_ms": ms(ANSWER_SECONDS),
        "max_block_ms": ms(ANSWER_SECONDS),
        "linger_ms": 0,  # a batch is ended by the end of its transaction
        "compression_type": None if compression == "none" else compression,
        "allow_auto_create_topics": False,
        "metrics_enabled": False,
    }


def reading(settings: KafkaSettings) -> Options:
    """What everything is given that reads records, in a group or not."""
    return common(settings) | {
        "request_timeout_ms": ms(2 * ANSWER_SECONDS),
        "isolation_level": "read_committed",
        "enable_auto_commit": False,
        "allow_auto_create_topics": False,
        "auto_offset_reset": "none",
        "max_poll_records": settings.consumer.max_batch,
        # Fetched bytes wait in memory until they are polled; the default of 50 MB is more than a worker should hold.
        "fetch_max_bytes": 4 * 1024 * 1024,
        "metadata_max_age_ms": ms(5),  # how soon new partitions are seen
        "metrics_enabled": False,
    }


def member(settings: KafkaSettings, *, group: str) -> Options:
    """What a member of a consumer group is given."""
    bounds = settings.consumer
    return reading(settings) | {
        "group_id": group,
        "auto_offset_reset": "earliest",
        "partition_assignment_strategy": [CooperativeStickyAssignor],
        "session_timeout_ms": ms(bounds.session_timeout),
        # A member hears of a rebalance by a heartbeat, so these set the pace of every rolling restart.
        "heartbeat_interval_ms": ms(min(bounds.session_timeout / 3, 1.0)),
        # A little more than a listener is given, so that the member is not thrown out while its listener ends.
        "max_poll_interval_ms": ms(bounds.rebalance_timeout + ANSWER_SECONDS),
    }


def ms(seconds: float) -> int:
    """Whole milliseconds."""
    return round(seconds * 1000)
