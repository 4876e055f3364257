"""Kafka goes away, and comes back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from bus.errors import BusUnavailable
from bus.memory import MemoryBus
from bus.memory.reader import MemoryReader
from bus.records import Record
from tests.ext_proc.results.client import Client
from tests.ext_proc.results.conftest import TOPICS
from tests.ext_proc.results.desk import Open, make_topics, open_desk


async def test_open_streams_stay_open(open_: Open, bus: MemoryBus) -> None:
    """An open stream is kept alive through an outage, and goes on after it."""
    async with open_(ping=0.02) as desk, await desk.get() as client:
        await desk.put("delta", {"text": "a"})
        await client.take(2)
        bus.stop()
        await client.comment()
        await client.comment()
        bus.start()
        await desk.put("done")
        assert [event.name for event in await client.rest()] == ["done"]


async def test_start_without_kafka(open_: Open, bus: MemoryBus) -> None:
    """A server that starts before Kafka asks its readers to come back, and is ready once Kafka is there."""
    bus.stop()
    async with open_(ready=False) as desk:
        async with await desk.get() as client:
            assert (client.status, client.headers["retry-after"]) == (503, "2")
        assert not desk.feed.ready
        bus.start()
        await asyncio.wait_for(desk.feed.wait_ready(), 10)
        await desk.answer(1)
        async with await desk.get() as client:
            assert [event.name for event in await client.rest()] == ["queued", "delta", "done"]


async def test_unreadable_past(open_: Open, bus: MemoryBus) -> None:
    """A reader whose past cannot be read now is asked to come back; one whose past is in memory is not."""
    async with open_(history_bytes=2_000) as desk:
        for _ in range(10):
            await desk.put("delta", {"text": "x" * 100}, key=desk.neighbour())
        receipt = await desk.put("delta")
        await desk.pushed(receipt)
        bus.stop()
        async with await desk.get() as client:
            assert client.status == 503
            assert (await client.body())["detail"] == "The result cannot be streamed now."
        async with await desk.get(last=f"v1.{receipt.partition}.{receipt.offset}") as client:
            assert client.status == 200
        bus.start()


class Failing(MemoryBus):
    """Its readers fail once they have been told to."""

    failing: BaseException | None = None

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[MemoryReader]:
        """As `Bus.reader`."""
        async with super().reader() as reader:
            read = reader.read

            async def checked(*arguments: object, **options: object) -> object:
                if self.failing:
                    raise self.failing
                return await read(*arguments, **options)  # type: ignore[arg-type]

            reader.read = checked  # type: ignore[method-assign,assignment]
            yield reader


async def test_fails_in_the_middle() -> None:
    """A stream that cannot read on ends, and its last id is still good."""
    for failure in (BusUnavailable(doing="reading"), ValueError("a mistake of ours")):
        bus = Failing()
        await make_topics(bus, *TOPICS)
        async with open_desk(bus, topics=TOPICS, history_bytes=1) as desk:
            client = await desk.get()
            (queued,) = await client.take(1)
            bus.failing = failure
            await desk.put("done")
            await _ends(client)
            bus.failing = None
            async with client, await desk.get(last=queued.id) as back:
                assert [event.name for event in await back.rest()] == ["done"]


async def _ends(client: Client) -> None:
    with suppress(asyncio.IncompleteReadError):
        assert await client.next() is None


async def test_feed_has_missed_records(open_: Open, bus: MemoryBus) -> None:
    """When retention overtakes the feed, every reader of that partition learns of the gap, and goes on."""
    async with open_() as desk, await desk.get() as client:
        await desk.put("delta", {"text": "a"})
        await client.take(2)
        at = desk.at()
        for name in ("delta", "delta", "done"):
            headers = (("ce_type", f"rag.answer.{name}.v1".encode()), ("user-id", b"alice"))
            bus._cluster.append(Record(topic=desk.topic, key=b"k", value=b"{}", headers=headers))
        bus.trim(at, 2)
        events = await client.rest()
    assert [event.name for event in events] == ["gap", "delta", "done"]
    assert events[0].json() == {"earliest": f"v1.{at.number}.2"}


async def test_grown_topic(open_: Open, bus: MemoryBus) -> None:
    """Partitions that are added while the server runs are followed."""
    async with open_() as desk:
        bus.grow(desk.topic, 6)
        for number in range(30):
            await desk.put("done", key=f"k{number}")
        async with asyncio.timeout(5):
            while len(desk.feed._hub.positions()) < 6:  # noqa: ASYNC110 - there is no event for that
                await asyncio.sleep(0.001)
        for number in range(30):
            async with await desk.get(desk.wants(key=f"k{number}")) as client:
                assert [event.name for event in await client.rest()] == ["queued", "done"]
