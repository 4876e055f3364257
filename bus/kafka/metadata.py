"""Asks a kafka-python consumer for the partitions of a topic, within a time; its own call for that waits for ever."""

import time

from bus.errors import UnknownTopic
from bus.kafka import options
from bus.kafka.client import Client
from bus.kafka.errors import TimedOut, TopicMissing

ROUNDS = 2  # the first answer may be to a request that was under way, and did not name the topic


def partitions_of(client: Client, topic: str) -> list[int]:
    """The numbers of the topic's partitions. Blocks.

    Raises:
        UnknownTopic: There is no such topic.
        KafkaError: No broker answered in time.
    """
    cluster, deadline = client._cluster, time.monotonic() + options.ANSWER_SECONDS  # noqa: SLF001 - see above
    cluster.add_topic(topic)
    for _ in range(ROUNDS):
        if numbers := cluster.partitions_for_topic(topic):
            return sorted(numbers)
        _refresh(client, topic, deadline)
    if numbers := cluster.partitions_for_topic(topic):
        return sorted(numbers)
    raise UnknownTopic(topic=topic)


def _refresh(client: Client, topic: str, deadline: float) -> None:
    remaining = options.ms(deadline - time.monotonic())
    if remaining <= 0:
        raise TimedOut(topic)
    update = client._cluster.request_update()  # noqa: SLF001
    try:
        client._net.run(client._manager.wait_for, update, remaining)  # noqa: SLF001
    except TopicMissing as error:
        raise UnknownTopic(topic=topic) from error
