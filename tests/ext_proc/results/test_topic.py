"""Whole topics: every key of every partition."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any

import pytest

from bus.memory import MemoryBus
from ext_proc.results.format.vector import Vector
from ext_proc.results.live.topics import Topics
from tests.ext_proc.results.client import Client, Sse
from tests.ext_proc.results.conftest import TOPICS
from tests.ext_proc.results.desk import Desk, make_topics, open_desk

WHOLE = Topics(whole=frozenset(TOPICS[:1]))
BOTH = Topics(whole=frozenset(TOPICS[:1]), events=frozenset(TOPICS[:1]))

# All in memory; some of it; nothing, so that even live events are read from the log.
MEMORIES = pytest.mark.parametrize("memory", [2**26, 5_000, 1])

OpenTopic = Callable[..., AbstractAsyncContextManager[Desk]]


@pytest.fixture
def open_topic(bus: MemoryBus) -> OpenTopic:
    """Runs a results server that follows the topic whole."""

    def opened(memory: int = 2**26, followed: Topics = WHOLE, **settings: Any) -> AbstractAsyncContextManager[Desk]:
        settings = {"topic_bytes": memory, "history_bytes": memory, **settings}
        return open_desk(bus, topics=TOPICS, followed=followed, **settings)

    return opened


@pytest.fixture
async def desk(open_topic: OpenTopic) -> AsyncIterator[Desk]:
    """One with the settings of production."""
    async with open_topic() as desk:
        yield desk


async def orders(desk: Desk, count: int, *, start: int = 0) -> list[int]:
    """Writes so many orders of many keys, and returns their numbers."""
    for number in range(start, start + count):
        await desk.write({"number": number}, key=f"o{number % 7}")
    return list(range(start, start + count))


def numbers(events: list[Sse]) -> list[int]:
    """The orders' numbers, sorted: across partitions no order is promised."""
    return sorted(event.json()["number"] for event in events)


def in_order(events: list[Sse]) -> bool:
    """Within a key, and so within its partition, the order is that of the log."""
    keys: dict[int, list[int]] = {}
    for event in events:
        number = event.json()["number"]
        keys.setdefault(number % 7, []).append(number)
    return all(each == sorted(each) for each in keys.values())


@MEMORIES
async def test_from_the_earliest(open_topic: OpenTopic, memory: int) -> None:
    """Everything that Kafka holds, then everything that comes, as what EventSource calls `message`."""
    async with open_topic(memory) as desk:
        before = await orders(desk, 40)
        async with await desk.get(desk.whole()) as client:
            after = await orders(desk, 40, start=40)
            events = await client.take(80)
        assert numbers(events) == before + after
        assert in_order(events)
        assert {event.name for event in events} == {"message"}


@MEMORIES
async def test_live(open_topic: OpenTopic, memory: int) -> None:
    """From the latest on: nothing of what was there before, and nothing of what comes is missing, even after a cut."""
    async with open_topic(memory) as desk:
        await orders(desk, 20)
        for number in range(7):
            await desk.pushed(await desk.write({"number": number}, key=f"o{number}"))
        async with await desk.get(desk.whole(start="latest")) as client:
            place = await client.place()
        expected = await orders(desk, 20, start=100)
        async with await desk.get(desk.whole(start="latest"), last=place) as client:
            assert expected == numbers(await client.take(20))


@MEMORIES
@pytest.mark.parametrize("followed", [WHOLE, BOTH])
async def test_resumes_anywhere(open_topic: OpenTopic, memory: int, followed: Topics) -> None:
    """Cut after each event and resumed, also by another process, every record comes once."""
    async with open_topic(memory, followed) as desk:
        expected = await orders(desk, 30)
        events, last = list[Sse](), None
        while len(events) < 30:
            async with await desk.get(desk.whole(), last=last) as client:
                events += await client.take(min(random.Random(len(events)).randrange(1, 4), 30 - len(events)))
            last = events[-1].id
        assert (numbers(events), in_order(events)) == (expected, True)
    async with open_topic(memory, followed) as desk, await desk.get(desk.whole(), last=last) as client:
        expected = await orders(desk, 5, start=30)
        assert expected == numbers(await client.take(5))


async def test_ids_are_places(desk: Desk) -> None:
    """An event's id says how far the reader has come in each partition."""
    receipts = [await desk.write({"number": number}, key=f"o{number}") for number in range(7)]
    async with await desk.get(desk.whole()) as client:
        events = await client.take(7)
    stands = [sum(receipt.partition == number for receipt in receipts) for number in range(3)]
    assert Vector.parse(events[-1].id) == Vector(tuple(stands))


async def test_many_share(desk: Desk) -> None:
    """Readers who stand at the same place are given the same ids, and each everything."""
    clients = [await desk.get(desk.whole()) for _ in range(20)]
    expected = await orders(desk, 50)
    streams = [await client.take(50) for client in clients]
    for client in clients:
        await client.close()
    assert [numbers(events) for events in streams] == [expected] * 20
    assert len({events[-1].id for events in streams}) == 1


@MEMORIES
async def test_without_a_key(open_topic: OpenTopic, memory: int) -> None:
    """A record without a key belongs to the topic as any other does."""
    async with open_topic(memory) as desk, await desk.get(desk.whole()) as client:
        await desk.write({"number": 1}, key=None)
        assert numbers(await client.take(1)) == [1]


@MEMORIES
async def test_deleted(open_topic: OpenTopic, memory: int) -> None:
    """In a compacted topic a record without a value says that a key is gone, and which."""
    async with open_topic(memory) as desk, await desk.get(desk.whole()) as client:
        await desk.write({"number": 1}, key="o1")
        await desk.write(key="o1")
        events = await client.take(2)
    assert [(event.name, event.json()) for event in events] == [("message", {"number": 1}), ("delete", {"key": "o1"})]


@MEMORIES
async def test_since(open_topic: OpenTopic, memory: int) -> None:
    """From a time on: nothing older, in any partition, and nothing younger is missing."""
    async with open_topic(memory) as desk:
        await orders(desk, 21)
        await asyncio.sleep(0.01)
        receipt = await desk.write({"number": 21}, key="o0")
        await orders(desk, 7, start=22)
        async with await desk.get(desk.whole(start=receipt.timestamp)) as client:
            events = await client.take(8)
            await orders(desk, 1, start=29)
            events += await client.take(1)
    assert numbers(events) == list(range(21, 30))


@MEMORIES
async def test_hidden(open_topic: OpenTopic, memory: int) -> None:
    """What a reader may not see is passed over; its id moves on, so that it does not come back for it."""
    async with open_topic(memory, ping=0.02) as desk, await desk.get(desk.whole(owner=True)) as client:
        begins = await client.place()
        await desk.write({"number": 1}, headers={"user-id": "bob"})
        moved = await client.place()
        await desk.write({"number": 2}, headers={"user-id": "alice"})
        (event,) = await client.take(1)
        assert (numbers([event]), begins != moved != event.id) == ([2], True)
        async with await desk.get(desk.whole(owner=True), last=moved) as back:
            assert await back.take(1) == [event]


@MEMORIES
async def test_never_ends(open_topic: OpenTopic, memory: int) -> None:
    """An event that ends the stream of its key does not end that of the topic."""
    async with open_topic(memory) as desk, await desk.get(desk.whole()) as client:
        for name in ("done", "error", "delta"):
            await desk.put(name)
        events = await client.take(3)
        assert [event.name for event in events] == ["done", "error", "delta"]
        async with await desk.get(desk.whole(), last=events[0].id) as back:
            assert (back.status, await back.take(2)) == (200, events[1:])


@MEMORIES
async def test_grows(open_topic: OpenTopic, bus: MemoryBus, memory: int) -> None:
    """Partitions that are added are followed from their beginning, by open streams and by those that come back."""
    async with open_topic(memory) as desk, await desk.get(desk.whole()) as client:
        await orders(desk, 7)
        events = await client.take(7)
        bus.grow(desk.topic, 6)
        await orders(desk, 40, start=7)
        grown = await client.take(40)
        assert numbers(events + grown) == list(range(47))
        async with await desk.get(desk.whole(), last=events[-1].id) as back:
            assert numbers(await back.take(40)) == numbers(grown)


@pytest.mark.parametrize("memory", [2**26, 1])
async def test_gap(open_topic: OpenTopic, bus: MemoryBus, memory: int) -> None:
    """Where retention has taken what an id asks for, the reader is told, once for each partition, and goes on."""
    async with open_topic(1) as desk:
        for _ in range(6):
            await desk.write({"number": 0})
        async with await desk.get(desk.whole()) as client:
            begins = await client.place()
    bus.trim(desk.at(), 4)
    async with open_topic(memory) as desk, await desk.get(desk.whole(), last=begins) as client:
        events = await client.take(3)
        stands = [4 if number == desk.at().number else 0 for number in range(3)]
        assert [event.name for event in events] == ["gap", "message", "message"]
        assert events[0].json() == {"earliest": str(Vector(tuple(stands)))} == {"earliest": events[0].id}
        async with await desk.get(desk.whole(), last=events[0].id) as back:
            assert await back.take(2) == events[1:]


async def test_a_new_reader_has_missed_nothing(open_topic: OpenTopic, bus: MemoryBus) -> None:
    """Whoever is new begins at what is left, and no gap is said."""
    async with open_topic(1) as desk:
        for _ in range(6):
            await desk.pushed(await desk.write({"number": 0}))
        bus.trim(desk.at(), 4)
        async with await desk.get(desk.whole()) as client:
            assert [event.name for event in await client.take(2)] == ["message"] * 2


async def test_the_feed_has_missed_records(open_topic: OpenTopic) -> None:
    """When retention overtakes the feed, what was missed is read from Kafka, or is a gap."""
    async with open_topic() as desk, await desk.get(desk.whole()) as client:
        await desk.write({"number": 0})
        await client.take(1)
        desk.feed._hub.lose(desk.at(), position=1, now=2**50)
        await desk.write({"number": 1})
        assert numbers(await client.take(1)) == [1]


def _kafka_sse(*places: dict[str, int], topic: str = TOPICS[0]) -> str:
    return json.dumps([{"topic": topic, **place} for place in places])


@MEMORIES
async def test_kafka_sse(open_topic: OpenTopic, memory: int) -> None:
    """With an id of KafkaSSE's a reader goes on at those offsets; where a partition is not named, at its beginning."""
    async with open_topic(memory) as desk:
        receipts = [await desk.write({"number": number}, key=f"o{number % 7}") for number in range(30)]
        names = [{"partition": number, "offset": 2} for number in range(2)]
        async with await desk.get(desk.whole(), last=_kafka_sse(*names)) as client:
            expected = [n for n, receipt in enumerate(receipts) if receipt.offset >= 2 or receipt.partition == 2]
            assert numbers(await client.take(len(expected))) == expected
        ends = [{"partition": 0, "offset": -1}, {"partition": 1, "offset": -2}, {"partition": 2, "timestamp": 2**45}]
        async with await desk.get(desk.whole(), path=f"/?lastEventId={_kafka_sse(*ends)}".replace(" ", "")) as client:
            expected = [n for n, receipt in enumerate(receipts) if receipt.partition == 1]
            assert numbers(await client.take(len(expected))) == expected
        timed = [{"partition": number, "timestamp": receipts[20].timestamp} for number in range(3)]
        async with await desk.get(desk.whole(), last=_kafka_sse(*timed)) as client:
            expected = [n for n, receipt in enumerate(receipts) if receipt.timestamp >= receipts[20].timestamp]
            assert numbers(await client.take(len(expected))) == expected


@pytest.mark.parametrize(
    "last",
    [
        _kafka_sse({"partition": 0, "offset": 0}, topic="other"),
        _kafka_sse({"partition": 0, "offset": 1}),
        _kafka_sse({"partition": 3, "offset": 0}),
        _kafka_sse({"partition": 3, "timestamp": 0}),
        "v1.0.0",
        "v1.0.-1",
        str(Vector((1,))),
        str(Vector((0, 0, 0, 0))),
    ],
)
async def test_foreign(desk: Desk, last: str) -> None:
    """An id of another topic, of a key, of a partition that is not there, or of the future, is 400."""
    async with await desk.get(desk.whole(), last=last) as client:
        assert (client.status, (await client.body())["detail"]) == (400, "Last-Event-ID is not of this stream.")


@pytest.mark.parametrize("last", ["v2.", "[]", '[{"topic":"rag.results"}]', '["rag.results"]', "{"])
async def test_malformed(desk: Desk, last: str) -> None:
    """What is no id is 400."""
    async with await desk.get(desk.whole(), last=last) as client:
        assert (client.status, (await client.body())["detail"]) == (400, "Last-Event-ID is not an event id.")


async def test_ahead_of_the_feed(open_topic: OpenTopic, bus: MemoryBus) -> None:
    """A reader that has come further through another process, and with partitions that this one has not met, is not refused."""
    async with open_topic() as desk:
        ahead = [desk.at(), *(at for at in bus._cluster.partitions(desk.topic) if at != desk.at())]
        horizon = desk.feed._hub._horizons[ahead[0]]
        await desk.pushed(await desk.write({"number": 0}))
        horizon.position = 0
        bus.grow(desk.topic, 4)
        stands = [1 if number == ahead[0].number else 0 for number in range(4)]
        async with await desk.get(desk.whole(), last=str(Vector(tuple(stands)))) as client:
            assert client.status == 200
            assert await client.place() == str(Vector(tuple(stands)))


async def test_not_followed(desk: Desk) -> None:
    """A topic that no route follows whole, or whose keys none follows, has no such streams."""
    for wants in (desk.whole(topic=desk.proofs), desk.wants()):
        async with await desk.get(wants) as client:
            assert client.status == 503


async def test_leaves_nothing(open_topic: OpenTopic) -> None:
    """A reader that goes is no longer told of anything, not even of new partitions."""
    async with open_topic() as desk:
        async with await desk.get(desk.whole()):
            assert desk.feed._hub._followers[desk.topic]
        await desk.nobody()
        assert not desk.feed._hub._followers[desk.topic]
        assert not any(channel.watchers for channel in desk.feed._hub.partitions.of(desk.topic).values())


async def test_slow(open_topic: OpenTopic) -> None:
    """A reader that does not read loses its own stream; one who reads along has everything."""
    async with open_topic(2_000_000, buffer_events=100) as desk:
        slow = await desk.get(desk.whole(), limit=1024)
        async with await desk.get(desk.whole()) as quick:
            await asyncio.gather(_flood(desk, 400), quick.take(400))
            assert desk.sample("gateway_slow_readers_total", topic=desk.topic) == 1
        await slow.close()


async def _flood(desk: Desk, count: int) -> None:
    for number in range(count):
        await desk.write({"number": number, "text": "x" * 8_000}, key=f"o{number % 7}")


@pytest.mark.parametrize("seed", range(3))
async def test_torture(bus: MemoryBus, seed: int) -> None:
    """64 partitions, readers cut at any byte, replicas with memories of different sizes: every record once."""
    chance = random.Random(seed)
    await make_topics(bus, "orders", partitions=64)
    followed = Topics(whole=frozenset({"orders"}))
    async with (
        open_desk(bus, topics=("orders", "orders"), followed=followed, topic_bytes=1) as bare,
        open_desk(bus, topics=("orders", "orders"), followed=followed, topic_bytes=20_000) as small,
        open_desk(bus, topics=("orders", "orders"), followed=followed) as large,
    ):
        replicas = (bare, small, large)
        reading = asyncio.gather(*(_read(replicas, random.Random(f"{seed}.{n}"), 400) for n in range(8)))
        for number in range(400):
            await large.write({"number": number}, key=f"k{chance.randrange(1000)}")
        streams = await asyncio.wait_for(reading, 60)
    assert [numbers(events) for events in streams] == [list(range(400))] * 8


async def _read(replicas: tuple[Desk, ...], chance: random.Random, count: int) -> list[Sse]:
    events: list[Sse] = []
    last: str | None = None
    while len(events) < count:
        desk = chance.choice(replicas)
        with suppress(OSError, asyncio.IncompleteReadError):
            async with await desk.get(desk.whole(), last=last) as client:
                client.sse.last_id = last or ""
                await _some_bytes(client, chance.randrange(1, 4_000), events)
                last = client.sse.last_id or None
    return events


async def _some_bytes(client: Client, allowed: int, events: list[Sse]) -> None:
    """Reads up to so many bytes, or what comes for a while; what is no whole event by then is lost with the connection."""
    with suppress(TimeoutError):
        while allowed > 0 and (chunk := await asyncio.wait_for(client.chunk(), 0.1)):
            events += client.sse.feed(chunk[:allowed])
            allowed -= len(chunk)
