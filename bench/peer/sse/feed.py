"""The service's way out of Kafka: one aiokafka consumer for everybody, without a group."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer

from bench.peer.sse.hub import Hub, Message


class Feed:
    """Reads a topic from its end on, and pushes what comes."""

    def __init__(self, *, bootstrap: str, topic: str, hub: Hub) -> None:
        self._bootstrap = bootstrap
        self._topic = topic
        self._hub = hub

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Works while the context is open."""
        consumer = AIOKafkaConsumer(self._topic, bootstrap_servers=self._bootstrap, auto_offset_reset="latest")
        await consumer.start()
        try:
            async with asyncio.TaskGroup() as group:
                work = group.create_task(self._follow(consumer))
                yield
                work.cancel()
        finally:
            await consumer.stop()

    async def _follow(self, consumer: AIOKafkaConsumer) -> None:
        await consumer.seek_to_end()
        while True:
            # In batches, which costs aiokafka less than one record after the other.
            for records in (await consumer.getmany(timeout_ms=1000)).values():
                for record in records:
                    self._hub.push(
                        Message(
                            partition=record.partition,
                            offset=record.offset,
                            key=record.key,
                            value=record.value,
                            headers=record.headers,
                        )
                    )
