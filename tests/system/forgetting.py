"""Takes back what somebody has written to the library of a system that tests share."""

import asyncio
import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from bus.kafka.bus import KafkaBus
from bus.records import Record
from local.system import System
from schemas.envelope import Caller, Envelope
from schemas.signature import Signer
from tests.fixtures.system import records
from workers.chunk import doc_id_of
from workers.topics import CHUNKS, EMBEDDINGS

POLL_SECONDS = 0.3


@asynccontextmanager
async def forgotten(system: System, *, sub: str) -> AsyncIterator[None]:
    """After the context every passage that `sub` has written is gone from the log and from every index."""
    yield
    written = {record.key for record in await records(system, CHUNKS) if record.header("user-id") == sub and record.key}
    async with KafkaBus(system.gateway.kafka).producer() as producer:
        await asyncio.gather(*(producer.put(_tombstone(system, key, sub=sub)) for key in written))
    async with asyncio.timeout(60):
        while not await _gone(system, written):  # noqa: ASYNC110 - it is another process that deletes
            await asyncio.sleep(POLL_SECONDS)


async def _gone(system: System, keys: Collection[bytes]) -> bool:
    newest = {record.key: record.value for record in await records(system, EMBEDDINGS)}
    return all(newest.get(key) is None for key in keys)


def _tombstone(system: System, key: bytes, *, sub: str) -> Record:
    envelope = Envelope(
        id=key.decode(),
        source="/sluice/tests",
        type="rag.chunk.deleted.v1",
        time=time.time_ns() // 1_000_000,
        caller=Caller(user_id=sub, tier="enterprise"),
    )
    signer = Signer(system.gateway.keys.records.get_secret_value())
    headers = envelope.headers(topic=CHUNKS, key=key, body=b"", signer=signer)
    return Record(topic=CHUNKS, key=key, value=None, headers=headers, partition_key=doc_id_of(key))
