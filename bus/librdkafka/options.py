"""How librdkafka's clients are configured, out of ours."""

import logging
from typing import Any

from runtime.settings.kafka import KafkaSettings

Options = dict[str, Any]

ANSWER_SECONDS = 5.0  # how long any request may take before Kafka counts as away
TRANSACTION_SECONDS = 10.0  # how long a writer that died may hold up who reads what it wrote to
CONNECT_SECONDS = 2.0  # one attempt to find a broker; whoever waits longer attempts again
POLL_SECONDS = 0.1  # how long a poll may keep its thread from hearing that it should end
MESSAGE_BYTES = 1024 * 1024  # of a record, as brokers have it by default
CRITICAL = 2  # of syslog
NOBODY = "sluice-nobody"  # librdkafka wants a group of everybody who reads; it is neither joined nor committed to

log = logging.getLogger("librdkafka")


def common(settings: KafkaSettings) -> Options:
    """What every client is given.

    Only what is critical reaches the log. That a broker is away is an error to librdkafka, told several times a second;
    to us it is an error of the call concerned.
    """
    return {
        "bootstrap.servers": settings.bootstrap,
        "socket.connection.setup.timeout.ms": ms(CONNECT_SECONDS),
        "socket.timeout.ms": ms(ANSWER_SECONDS),
        "socket.nagle.disable": True,
        # The default backs off to 10 s, which is how long an edge would go on refusing after Kafka has come back.
        "reconnect.backoff.ms": 100,
        "reconnect.backoff.max.ms": 1000,
        "connections.max.idle.ms": ms(300),
        "log_level": CRITICAL,
        "logger": log,
        "log.connection.close": False,
        # Its errors that belong to no call are the same news once more; without a listener they are printed.
        "error_cb": _known,
        "enable.metrics.push": False,
        "allow.auto.create.topics": False,  # which a question of a producer would do
    }


def producer(settings: KafkaSettings) -> Options:
    """What the producer is given."""
    bounds = settings.producer
    return common(settings) | {
        "acks": "all",
        "enable.idempotence": True,
        # The deadline is kept by `bus.deliveries`, to the millisecond; librdkafka looks once a second.
        "message.timeout.ms": ms(bounds.delivery_timeout + bounds.linger),
        # Half the time to deliver, so that a broker that hangs is asked a second time.
        "socket.timeout.ms": ms(max(bounds.delivery_timeout / 2, 0.1)),
        "linger.ms": bounds.linger * 1000,
        "compression.type": bounds.compression,
        # The bound is ours. A record that we have given up may still be counted here.
        "queue.buffering.max.messages": 2 * bounds.max_in_flight,
        "message.max.bytes": MESSAGE_BYTES,
    }


def transactions(settings: KafkaSettings, *, name: str) -> Options:
    """What a transactional producer is given."""
    return common(settings) | {
        "transactional.id": name,
        "acks": "all",
        "enable.idempotence": True,
        "transaction.timeout.ms": ms(TRANSACTION_SECONDS),
        "message.timeout.ms": ms(TRANSACTION_SECONDS),  # its user waits for less
        "linger.ms": 0,
        "message.max.bytes": MESSAGE_BYTES,
        "compression.type": settings.producer.compression,
    }


def reading(settings: KafkaSettings) -> Options:
    """What everything is given that reads records, in a group or not."""
    return common(settings) | {
        "group.id": NOBODY,
        "isolation.level": "read_committed",
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "error",
        "enable.partition.eof": True,  # how it is known that only marks of transactions were read
        # Fetched bytes wait in memory until they are polled; the default of 64 MB a partition is more than a worker should hold.
        "fetch.max.bytes": 4 * 1024 * 1024,
        "queued.max.messages.kbytes": 4 * 1024,
        "topic.metadata.refresh.interval.ms": ms(5),  # how soon new partitions are seen
    }


def member(settings: KafkaSettings, *, group: str) -> Options:
    """What a member of a consumer group is given."""
    bounds = settings.consumer
    return reading(settings) | {
        "group.id": group,
        "auto.offset.reset": "earliest",
        "partition.assignment.strategy": "cooperative-sticky",
        "session.timeout.ms": ms(bounds.session_timeout),
        # A member hears of a rebalance by a heartbeat, so these set the pace of every rolling restart.
        "heartbeat.interval.ms": ms(min(bounds.session_timeout / 3, 1.0)),
        # A little more than a listener is given, so that the member is not thrown out while its listener ends.
        # librdkafka wants no less than the session.
        "max.poll.interval.ms": ms(max(bounds.rebalance_timeout + ANSWER_SECONDS, bounds.session_timeout)),
    }


def ms(seconds: float) -> int:
    """Whole milliseconds."""
    return round(seconds * 1000)


def _known(_: object) -> None:
    """Called by librdkafka."""
