"""librdkafka's producer on an event loop."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from bus.deliveries import Delivery
from bus.librdkafka.errors import is_away
from bus.librdkafka.options import CONNECT_SECONDS, Options
from bus.librdkafka.wakeup import wake_on_reports
from bus.records import Record

Heard = Callable[["Client", Delivery, KafkaError | None, Message], None]

ANY = -1  # librdkafka chooses, one after the other


class Client:
    """A producer whose reports of deliveries come to the loop, all that are there at a time.

    Attributes:
        native: confluent-kafka's producer, which ends with its last reference.

    Args:
        options: As `bus.librdkafka.options` makes them.
        heard: Called on the loop with each report, which is of a record that was produced here.
    """

    def __init__(self, options: Options, heard: Heard) -> None:
        self.native = Producer(options)
        self._heard = heard
        self._reports: deque[tuple[Delivery, KafkaError | None, Message]] = deque()
        self._wakeup = wake_on_reports(self.native, asyncio.get_running_loop(), self.settle)

    def produce(self, record: Record, partition: int, delivery: Delivery) -> None:
        """Queues a record, never waiting for anything.

        Raises:
            BufferError: librdkafka holds more bytes than it may.
            KafkaException: It will not have this record.
        """
        self.native.produce(
            record.topic,
            record.value,
            record.key,
            partition,
            partial(self._report, delivery),
            headers=list(record.headers),
        )

    def detach(self) -> Producer:
        """Stops the reports, and hands over what is to be dropped by a thread that may block."""
        self._wakeup.close()
        native = self.native
        del self.native
        return native

    def settle(self) -> None:
        """Passes on what was reported."""
        while self._reports:
            self._heard(self, *self._reports.popleft())

    def _report(self, delivery: Delivery, error: KafkaError | None, message: Message) -> None:
        self._reports.append((delivery, error, message))


def drop(native: Producer) -> None:
    """Makes a producer give up at once: what it holds is reported as failed, and never sent. Blocks for a moment."""
    native.purge()
    with suppress(KafkaException):  # it is beyond repair, which it says once more
        native.flush(CONNECT_SECONDS)


def reaches(native: Producer) -> bool:
    """Whether a broker answers a producer that has not reached one yet. Blocks.

    Raises:
        KafkaException: One answered, and does not want us.
    """
    try:
        return bool(native.cluster_id(CONNECT_SECONDS))
    except KafkaException as error:
        if is_away(error):
            return False
        raise


def partitions_of(native: Producer, topic: str, *, seconds: float) -> int:
    """How many partitions a topic has; 0 if there is no such topic. Blocks.

    Raises:
        KafkaException: No broker answered, or one refused.
    """
    found: Any = native.list_topics(topic, timeout=seconds).topics[topic]
    if found.error is None or found.error.code() == KafkaError.LEADER_NOT_AVAILABLE:
        return len(found.partitions)
    if found.error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
        return 0
    raise KafkaException(found.error)
