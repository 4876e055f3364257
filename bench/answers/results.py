"""Results as whoever must see nothing that is taken back reads them: by one aiokafka consumer, without a group."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer

Event = tuple[bytes, str, bytes]
"""A record's key, its `ce_type` and its body."""

_WAIT_MS = 1000


@asynccontextmanager
async def following(topic: str, *, bootstrap: str) -> AsyncIterator[AsyncIterator[Sequence[Event]]]:
    """Batches of what is written once the context is entered; what is in a transaction comes when that is committed."""
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, auto_offset_reset="latest", isolation_level="read_committed"
    )
    await consumer.start()
    try:
        await consumer.seek_to_end()
        for partition in consumer.assignment():
            await consumer.position(partition)  # asked of the broker now: what comes after is not missed
        yield _batches(consumer)
    finally:
        await consumer.stop()


async def _batches(consumer: AIOKafkaConsumer) -> AsyncIterator[Sequence[Event]]:
    while True:
        for records in (await consumer.getmany(timeout_ms=_WAIT_MS)).values():
            yield [(record.key or b"", _type(record.headers), record.value or b"") for record in records]


def _type(headers: Sequence[tuple[str, bytes]]) -> str:
    return dict(headers).get("ce_type", b"").decode()
