"""Partitions, offsets and records in confluent-kafka's terms, and back."""

from collections.abc import Iterable, Mapping
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from bus.errors import UnknownTopic
from bus.librdkafka import options
from bus.records import Commit, Partition, Received

END, BEGINNING = -1, -2  # as the protocol writes them in place of a time


def topic_partitions(partitions: Iterable[Partition]) -> list[TopicPartition]:
    """Our partitions as confluent-kafka's."""
    return [TopicPartition(*partition) for partition in partitions]


def native_offsets(offsets: Mapping[Partition, Commit]) -> list[TopicPartition]:
    """Our offsets as confluent-kafka's."""
    return [TopicPartition(*at, commit.offset, metadata=commit.note) for at, commit in offsets.items()]


def ours(partition: TopicPartition) -> Partition:
    """A partition of confluent-kafka as ours."""
    return Partition(partition.topic, partition.partition)


def checked(answers: Iterable[TopicPartition]) -> list[TopicPartition]:
    """The answers, none of which is an error.

    Raises:
        KafkaException: One is.
    """
    kept = list(answers)
    for answer in kept:
        if answer.error is not None:
            raise KafkaException(answer.error)
    return kept


def offsets_at(client: Consumer, times: Mapping[Partition, int]) -> dict[Partition, int]:
    """The first offset at or after a time (ms), or at the `END` or the `BEGINNING`; one question for all. Blocks."""
    asked = [TopicPartition(*at, time) for at, time in times.items()]
    found = checked(client.offsets_for_times(asked, timeout=options.ANSWER_SECONDS))
    return {ours(one): one.offset for one in found}


def partitions_of(client: Consumer, topic: str) -> list[int]:
    """The numbers of the topic's partitions. Blocks.

    Raises:
        UnknownTopic: There is no such topic.
        KafkaException: No broker answered in time.
    """
    described = client.list_topics(topic, timeout=options.ANSWER_SECONDS).topics[topic]
    if described.error is not None and described.error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
        raise UnknownTopic(topic=topic)
    if described.error is not None:
        raise KafkaException(described.error)
    return sorted(described.partitions)


def received(message: Message) -> Received:
    """A record of confluent-kafka as ours. Kafka tells a header without a value from an empty one; we do not."""
    headers: Any = message.headers()
    return Received(
        topic=message.topic(),  # type: ignore[arg-type]  # a record has one
        partition=message.partition(),  # type: ignore[arg-type]
        offset=message.offset(),  # type: ignore[arg-type]
        timestamp=message.timestamp()[1],
        key=message.key(),
        value=message.value(),
        headers=tuple((name, value or b"") for name, value in headers) if headers else (),
    )
