"""Creates and checks topics."""

import time
from collections.abc import Collection, Mapping
from concurrent.futures import Future
from typing import Any, TypeVar

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient as Native
from confluent_kafka.admin import ConfigResource, NewTopic, ResourceType  # type: ignore[attr-defined]  # they are public

from bus.errors import GroupActive, TopicMismatch
from bus.lane import Lane
from bus.librdkafka import options
from bus.librdkafka.errors import cause, mapped
from bus.librdkafka.patience import patiently
from runtime.settings.kafka import KafkaSettings, TopicSettings

T = TypeVar("T")

KNOWN_SECONDS = 0.02  # between two looks for a topic that was just made
WITHIN: dict[str, Any] = {"request_timeout": options.ANSWER_SECONDS}


class LibrdkafkaAdmin:
    """Keeps the promises of `bus.ports.Admin`."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._options = options.common(settings)
        self._lane = Lane("kafka-admin")
        self._client: Native | None = None  # made at the first use

    async def close(self) -> None:
        """Ends the client and its thread."""
        await self._lane.end(self._close)

    async def ensure(self, topics: Mapping[str, TopicSettings]) -> None:
        """As `Admin.ensure`."""
        with mapped("checking topics"):
            await self._lane.run(patiently, lambda: self._ensure(topics))

    async def forget(self, group: str) -> None:
        """As `Admin.forget`."""
        with mapped("forgetting a group", group=group):
            await self._lane.run(patiently, lambda: self._forget(group))

    async def ping(self) -> None:
        """As `Admin.ping`."""
        with mapped("answering a ping"):
            await self._lane.run(patiently, lambda: _answer(self._open().describe_cluster(**WITHIN)))

    def _ensure(self, topics: Mapping[str, TopicSettings]) -> None:
        missing = {name: settings for name, settings in topics.items() if self._partitions(name) is None}
        if missing:
            self._create(missing)
        for name, settings in topics.items():
            if name not in missing:
                self._check(name, settings)

    def _forget(self, group: str) -> None:
        try:
            _answer(self._open().delete_consumer_groups([group], **WITHIN)[group])
        except KafkaException as error:
            if _code(error) == KafkaError.NON_EMPTY_GROUP:
                raise GroupActive(group=group) from error
            if _code(error) != KafkaError.GROUP_ID_NOT_FOUND:
                raise

    def _partitions(self, topic: str) -> int | None:
        try:
            described: Any = _answer(self._open().describe_topics(TopicCollection([topic]), **WITHIN)[topic])
        except KafkaException as error:
            if _code(error) == KafkaError.UNKNOWN_TOPIC_OR_PART:
                return None
            raise
        return len(described.partitions)

    def _create(self, topics: Mapping[str, TopicSettings]) -> None:
        wanted = [_creation(name, settings) for name, settings in topics.items()]
        made = self._open().create_topics(wanted, operation_timeout=options.ANSWER_SECONDS, **WITHIN)
        existing = {name: settings for name, settings in topics.items() if not _created(made[name])}
        if existing:  # another process of ours starts at the same moment
            self._ensure(existing)
        self._until_known(topics)

    def _until_known(self, topics: Collection[str]) -> None:
        """A broker hears of a topic a little after its controller has made it; whoever asks for it now shall find it."""
        end = time.monotonic() + options.ANSWER_SECONDS
        while any(self._partitions(name) is None for name in topics) and time.monotonic() < end:
            time.sleep(KNOWN_SECONDS)

    def _check(self, topic: str, wanted: TopicSettings) -> None:
        found = self._partitions(topic) or 0
        if found < wanted.partitions:
            raise TopicMismatch(topic=topic, setting="partitions", expected=str(wanted.partitions), found=str(found))
        policy = self._cleanup(topic)
        if policy != wanted.cleanup:
            raise TopicMismatch(topic=topic, setting="cleanup.policy", expected=wanted.cleanup, found=policy)

    def _cleanup(self, topic: str) -> str:
        (asked,) = self._open().describe_configs([ConfigResource(ResourceType.TOPIC, topic)], **WITHIN).values()
        described: Any = _answer(asked)
        return str(described["cleanup.policy"].value)

    def _open(self) -> Native:
        if self._client is None:
            self._client = Native(self._options)
        self._client.poll(0)  # what it would log waits here
        return self._client

    def _close(self) -> None:
        self._client = None  # it ends with the last who knows it


def _answer(asked: "Future[T]") -> T:
    """Blocks."""
    return asked.result(2 * options.ANSWER_SECONDS)


def _created(asked: "Future[Any]") -> bool:
    """Whether the topic is new. Blocks."""
    try:
        _answer(asked)
    except KafkaException as error:
        if _code(error) == KafkaError.TOPIC_ALREADY_EXISTS:
            return False
        raise
    return True


def _code(error: KafkaException) -> int | None:
    told = cause(error)
    return told.code() if told else None


def _creation(name: str, settings: TopicSettings) -> NewTopic:
    configs: dict[str, str] = {"cleanup.policy": settings.cleanup}
    if settings.retention is not None:
        configs["retention.ms"] = str(options.ms(settings.retention))
    return NewTopic(name, num_partitions=settings.partitions, replication_factor=settings.replication, config=configs)
