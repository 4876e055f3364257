"""Creates and checks topics."""

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from kafka import KafkaAdminClient as Native
from kafka.admin import ConfigResource, ConfigResourceType

from bus.errors import BusRefused, GroupActive, TopicMismatch
from bus.kafka import options
from bus.kafka.client import Client, build
from bus.kafka.errors import AlreadyExists, Retriable, mapped, raise_if_retriable
from bus.lane import Lane
from runtime.settings.kafka import KafkaSettings, TopicSettings

T = TypeVar("T")

MISSING = 3  # the protocol's UNKNOWN_TOPIC_OR_PARTITION
NOT_EMPTY, NO_GROUP = "NonEmptyGroupError", "GroupIdNotFoundError"  # as the client names the protocol's 68 and 69
RETRY_SECONDS = 0.1


class KafkaAdmin:
    """Keeps the promises of `bus.ports.Admin`."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._options = options.common(settings) | {"request_timeout_ms": options.ms(options.ANSWER_SECONDS)}
        self._lane = Lane("kafka-admin")
        self._client: Client = None  # made at the first use, so that its owner may be made while Kafka is away

    async def close(self) -> None:
        """Ends the client and its thread."""
        await self._lane.end(self._close)

    async def ensure(self, topics: Mapping[str, TopicSettings]) -> None:
        """As `Admin.ensure`."""
        with mapped("checking topics"):
            await self._lane.run(self._retry, lambda: self._ensure(topics))

    async def forget(self, group: str) -> None:
        """As `Admin.forget`."""
        with mapped("forgetting a group", group=group):
            await self._lane.run(self._retry, lambda: self._forget(group))

    async def ping(self) -> None:
        """As `Admin.ping`."""
        with mapped("answering a ping"):
            await self._lane.run(self._retry, lambda: self._open().describe_cluster())

    def _ensure(self, topics: Mapping[str, TopicSettings]) -> None:
        missing = {name: settings for name, settings in topics.items() if self._partitions(name) is None}
        if missing:
            self._create(missing)
        for name, settings in topics.items():
            if name not in missing:
                self._check(name, settings)

    def _forget(self, group: str) -> None:
        outcome = self._open().delete_groups([group])[group]
        if outcome == NOT_EMPTY:
            raise GroupActive(group=group)
        raise_if_retriable(outcome)
        if outcome not in {"OK", NO_GROUP}:
            raise BusRefused(doing="forgetting a group", reason=outcome)

    def _partitions(self, topic: str) -> int | None:
        (described,) = self._open().describe_topics([topic])
        return None if described["error_code"] == MISSING else len(described["partitions"])

    def _create(self, topics: Mapping[str, TopicSettings]) -> None:
        wanted = {name: _creation(settings) for name, settings in topics.items()}
        try:
            self._open().create_topics(wanted, wait_for_metadata=True)
        except AlreadyExists:  # another process of ours starts at the same moment
            self._ensure(topics)

    def _check(self, topic: str, wanted: TopicSettings) -> None:
        found = self._partitions(topic) or 0
        if found < wanted.partitions:
            raise TopicMismatch(topic=topic, setting="partitions", expected=str(wanted.partitions), found=str(found))
        policy = self._cleanup(topic)
        if policy != wanted.cleanup:
            raise TopicMismatch(topic=topic, setting="cleanup.policy", expected=wanted.cleanup, found=policy)

    def _cleanup(self, topic: str) -> str:
        resource: Callable[..., Any] = ConfigResource
        asked = resource(ConfigResourceType.TOPIC, topic, ["cleanup.policy"])
        described = self._open().describe_configs([asked], config_filter="all")
        return str(described["topic"][topic]["cleanup.policy"]["value"])

    def _retry(self, call: Callable[[], T]) -> T:
        """Calls until a broker answers, or the time is up: right after an outage the client still keeps away from it."""
        deadline = time.monotonic() + options.ANSWER_SECONDS
        while True:
            try:
                return call()
            except Retriable:
                if time.monotonic() > deadline:
                    raise
                time.sleep(RETRY_SECONDS)

    def _open(self) -> Client:
        if self._client is None:
            self._client = build(Native, self._options)
        return self._client

    def _close(self) -> None:
        if self._client is not None:
            self._client.close()


def _creation(settings: TopicSettings) -> dict[str, Any]:
    configs: dict[str, str] = {"cleanup.policy": settings.cleanup}
    if settings.retention is not None:
        configs["retention.ms"] = str(options.ms(settings.retention))
    return {"num_partitions": settings.partitions, "replication_factor": settings.replication, "configs": configs}
