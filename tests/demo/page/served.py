"""The page's server on a bus in memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import orjson

from bus.memory.bus import MemoryBus
from bus.records import Record
from demo.page.issued import Issued
from demo.page.log import Log
from demo.page.passages import Passages
from demo.page.reading import Reading
from demo.page.server import Parts, serving
from demo.page.walkthrough.document import document
from demo.page.watch import CHUNKS, Watch
from demo.place import Place
from local.tokens import SigningKey
from runtime.clock import SystemClock
from runtime.settings.gateway import Gateway
from runtime.settings.kafka import TopicSettings

KEY = SigningKey.generate()
TOPICS = (CHUNKS, "rag.queries")


@dataclass(frozen=True, slots=True)
class Served:
    """The server, what it looks at, and a client."""

    bus: MemoryBus
    log: Log
    passages: Passages
    watch: Watch
    client: httpx.AsyncClient

    async def write(self, topic: str, key: str, value: object) -> None:
        """Writes a record; `None` is a tombstone."""
        body = orjson.dumps(value) if value is not None else None
        async with self.bus.producer() as producer:
            await producer.put(Record(topic=topic, key=key.encode(), value=body))

    async def chunk(self, doc_id: str, *, visibility: str = "public") -> None:
        """Writes a chunk."""
        value = {"doc_id": doc_id, "chunk_index": 0, "text": f"text of {doc_id}", "visibility": visibility}
        await self.write(CHUNKS, f"{doc_id}#0", value)


async def with_topics(bus: MemoryBus) -> MemoryBus:
    """The bus, with the topics that are watched."""
    async with bus.admin() as admin:
        await admin.ensure({topic: TopicSettings(partitions=2) for topic in TOPICS})
    return bus


@asynccontextmanager
async def served(bus: MemoryBus, gateway: Gateway, *, static: Path, log: Log | None = None) -> AsyncIterator[Served]:
    """Serves while the context is open; it is entered once records are followed."""
    log = log or Log(clock=SystemClock())
    passages = Passages()
    watch = Watch(bus, topics=TOPICS, log=log, passages=passages, wait=0.01)
    parts = Parts(
        log=log,
        issued=Issued(KEY, tiers=[tier.name for tier in gateway.tiers]),
        reading=Reading(passages, signing=KEY, gateway=gateway),
        watch=watch,
        guide=document(Place.of({})),
        static=static,
    )
    async with (
        watch.running(),
        serving("127.0.0.1", 0, parts) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as client,
    ):
        await asyncio.wait_for(watch.seeing.wait(), 20)
        yield Served(bus, log, passages, watch, client)
        log.close()
