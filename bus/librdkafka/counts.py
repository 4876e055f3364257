"""How many partitions topics have."""

import time

from confluent_kafka import Producer

from bus.librdkafka.client import partitions_of

RECOUNT_SECONDS = 60.0  # how long a partition that was added may go without records


class Counts:
    """Remembers what a broker has said for a minute; for one thread."""

    def __init__(self) -> None:
        self._counts: dict[str, tuple[int, float]] = {}

    def of(self, topic: str, native: Producer, *, seconds: float) -> int:
        """How many partitions a topic has; 0 if there is no such topic. May block, for so many seconds.

        Raises:
            KafkaException: No broker answered, or one refused.
        """
        now = time.monotonic()
        count, asked = self._counts.get(topic, (0, 0.0))
        if not count or now - asked > RECOUNT_SECONDS:
            count = partitions_of(native, topic, seconds=seconds)
            self._counts[topic] = (count, now)
        return count
