"""The peer's way to Kafka: aiokafka with the same promises, acks=all and idempotent. The only importer of aiokafka."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaProducer

Headers = Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Where an acknowledged record lies."""

    topic: str
    partition: int
    offset: int
    timestamp: int

    def document(self) -> dict[str, Any]:
        """As its caller sees it."""
        return asdict(self)


class Log:
    """Appends records to one topic; an async context manager."""

    def __init__(self, *, bootstrap: str, topic: str) -> None:
        self._bootstrap = bootstrap
        self._topic = topic
        self._producer: AIOKafkaProducer | None = None

    async def __aenter__(self) -> Self:
        # Made here because it takes the running loop.
        self._producer = AIOKafkaProducer(bootstrap_servers=self._bootstrap, acks="all", enable_idempotence=True)
        await self._producer.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._producer:
            await self._producer.stop()

    async def append(self, *, key: bytes, value: bytes, headers: Headers) -> Receipt:
        """Returns once all in-sync replicas hold the record."""
        at = await (await self.send(key=key, value=value, headers=headers))
        return Receipt(topic=at.topic, partition=at.partition, offset=at.offset, timestamp=at.timestamp)

    async def send(self, *, key: bytes, value: bytes, headers: Headers) -> "asyncio.Future[Any]":
        """Returns once there is room for the record; the future ends once all in-sync replicas hold it."""
        if self._producer is None:
            msg = "the log is not entered: use `async with Log(...)`"
            raise RuntimeError(msg)
        sent: asyncio.Future[Any] = await self._producer.send(self._topic, value=value, key=key, headers=headers)
        return sent
