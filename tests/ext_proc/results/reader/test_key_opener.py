"""How a stream begins, where the log changes under its feet."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from bus.memory import MemoryBus
from bus.memory.cluster import Cluster
from bus.memory.reader import MemoryReader
from bus.records import Bounds, Partition, Received
from tests.ext_proc.results.conftest import TOPICS
from tests.ext_proc.results.desk import Open, make_topics, open_desk


class Trimmed(MemoryReader):
    """Retention strikes just after it was asked where the log begins."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster)
        self._strikes = cluster

    async def bounds(self, partition: Partition) -> Bounds:
        """As `Reader.bounds`."""
        bounds = await super().bounds(partition)
        self._strikes.log(partition).trim(2)
        return bounds


class Compacted(MemoryReader):
    """Compaction has removed the last records, so that reading ends before the end."""

    async def read(self, partition: Partition, offset: int, *, limit: int) -> Sequence[Received]:
        """As `Reader.read`."""
        return [record for record in await super().read(partition, offset, limit=limit) if record.offset < 2]


class OddBus(MemoryBus):
    """A bus with the given kind of readers, once they are wanted."""

    kind: type[MemoryReader] = MemoryReader

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[MemoryReader]:
        """As `Bus.reader`."""
        yield self.kind(self._cluster)


async def _odd() -> OddBus:
    bus = OddBus()
    await make_topics(bus, *TOPICS)
    return bus


async def test_retention_strikes() -> None:
    """A new reader, who has had nothing, begins at what is left, and needs no gap to know it."""
    bus = await _odd()
    async with open_desk(bus, topics=TOPICS, history_bytes=1) as desk:
        for name in ("delta", "delta", "delta", "done"):
            await desk.pushed(await desk.put(name))
        bus.kind = Trimmed
        async with await desk.get(desk.wants(since=None)) as client:
            assert [event.name for event in await client.rest()] == ["queued", "delta", "done"]


async def test_compaction() -> None:
    """Where compaction has left nothing more before the floor, the stream goes on with what is live."""
    bus = await _odd()
    async with open_desk(bus, topics=TOPICS, history_bytes=1) as desk:
        for _ in range(4):
            await desk.pushed(await desk.put("delta"))
        bus.kind = Compacted
        async with await desk.get() as client:
            events = await client.take(3)
    assert [event.name for event in events] == ["queued", "delta", "delta"]


async def test_leaves_while_opening(open_: Open) -> None:
    """A reader who leaves while its key is being looked for leaves nothing behind."""
    async with open_(unknown_wait=60.0) as desk:
        chosen = desk.wants(since=None, missing="not-found")
        writer = await desk.ask(chosen)
        await desk.asked(chosen)
        writer.close()
        await writer.wait_closed()
        await desk.asked(chosen, asking=False)
        assert not desk.feed._hub.history._watched


async def test_retention_strikes_while_looking() -> None:
    """Whoever looks for a key in the log goes on with what is left of it."""
    bus = await _odd()
    async with open_desk(bus, topics=TOPICS, history_bytes=1, ping=0.02) as desk:
        for key in ("k", "k", "k", desk.neighbour()):
            receipt = await desk.put("delta", key=key)
        await desk.pushed(receipt)
        bus.kind = Trimmed
        wants = desk.wants(since=None, known_by="", unseen=0.02)
        async with await desk.get(wants, last=f"v1.{receipt.partition}.{receipt.offset}") as client:
            await client.nothing_more()
            await client.nothing_more()
            await desk.put("done")
            assert [event.name for event in await client.rest()] == ["done"]
