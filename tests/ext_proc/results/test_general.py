"""Topics that anybody writes: a key in them, conditions on headers, and how much of it a reader wants to see."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from bus.memory import MemoryBus
from ext_proc.results.live.topics import Topics
from ext_proc.results.reader.subscription import Filter, Subscription
from ext_proc.results.trust import signed_by
from tests.ext_proc.results.conftest import TOPICS
from tests.ext_proc.results.desk import Desk, open_desk
from tests.ext_proc.results.test_topic import numbers
from tests.ext_proc.results.test_trust import SIGNER, signed

FOLLOWED = Topics(
    events=frozenset(TOPICS[:1]),
    whole=frozenset(TOPICS[:1]),
    proofs=frozenset(TOPICS[1:]),
    shared=frozenset(TOPICS[1:]),
    unsigned=frozenset(TOPICS[1:]),
    headers={TOPICS[0]: frozenset({"shop", "tier"})},
)
MEMORIES = pytest.mark.parametrize("memory", [2**26, 1])

OpenGeneral = Callable[..., AbstractAsyncContextManager[Desk]]


@pytest.fixture
def open_general(bus: MemoryBus) -> OpenGeneral:
    """Runs a results server that believes nobody without a signature."""

    def opened(memory: int = 2**26, **settings: Any) -> AbstractAsyncContextManager[Desk]:
        settings = {"topic_bytes": memory, "history_bytes": memory, "unknown_wait": 0.01, "ping": 0.05, **settings}
        return open_desk(bus, topics=TOPICS, followed=FOLLOWED, trust=signed_by(SIGNER), **settings)

    return opened


def of_key(desk: Desk, **changes: Any) -> Subscription:
    """A subscription of the key `k`, whoever wrote it."""
    return desk.whole(key="k", known_by=desk.proofs, ends=True, **changes)


def shop(*names: str) -> Filter:
    """Records of these shops."""
    return Filter(header="shop", values=frozenset(names))


@MEMORIES
@pytest.mark.parametrize("key", ["k", None])
async def test_conditions(open_general: OpenGeneral, memory: int, key: str | None) -> None:
    """Equality and sets, out of memory and out of Kafka alike; what a condition hides is covered by later ids."""
    async with open_general(memory) as desk:
        given = [{"shop": "a"}, {"shop": "b", "tier": "free"}, {}, {"shop": "c", "tier": "gold"}, {"shop": "a"}]
        for number, headers in enumerate(given):
            await desk.pushed(await desk.write({"number": number}, headers=headers))
        both = (shop("b", "c"), Filter(header="tier", values=frozenset({"free"})))
        for filters, expected in (
            ((shop("a"),), [0, 4]),
            ((shop("b", "c"),), [1, 3]),
            (both, [1]),
            ((), [0, 1, 2, 3, 4]),
        ):
            wants = desk.whole(key=key, filters=filters)
            async with await desk.get(wants) as client:
                events = await client.take(len(expected))
                assert expected == numbers(events)
                await client.nothing_more()
            async with await desk.get(wants, last=events[0].id) as client:
                assert expected[1:] == numbers(await client.take(len(expected) - 1))


@MEMORIES
@pytest.mark.parametrize("key", ["k", None])
async def test_signed(open_general: OpenGeneral, memory: int, key: str | None) -> None:
    """What nobody has signed is shown where that was declared, and there alone; the same events, two readers."""
    async with open_general(memory) as desk:
        await desk.write({"number": 1}, headers={"user-id": "alice"})
        await desk.producer.put(signed("delta", topic=desk.topic, body=b'{"number":2}'))
        for is_signed, expected in ((False, [1, 2]), (True, [2])):
            async with await desk.get(desk.whole(key=key, owner=True, signed=is_signed)) as client:
                assert expected == numbers(await client.take(len(expected)))
                await client.nothing_more()


@MEMORIES
@pytest.mark.parametrize("key", ["k", None])
async def test_owner(open_general: OpenGeneral, memory: int, key: str | None) -> None:
    """Other people's records are shown where that was declared, and there alone."""
    async with open_general(memory) as desk:
        for number, user in enumerate(["alice", "bob"]):
            await desk.write({"number": number}, headers={"user-id": user})
        for owner, expected in ((False, [0, 1]), (True, [0])):
            async with await desk.get(desk.whole(key=key, owner=owner)) as client:
                assert expected == numbers(await client.take(len(expected)))
                await client.nothing_more()


@MEMORIES
@pytest.mark.parametrize(("start", "expected"), [("earliest", 3), ("latest", 0), ("time", 1)])
async def test_start(open_general: OpenGeneral, memory: int, start: str, expected: int) -> None:
    """The stream of a key begins where its reader says, if it does."""
    async with open_general(memory) as desk:
        for _ in range(2):
            await desk.write({"number": 0})
        await asyncio.sleep(0.01)
        receipt = await desk.write({"number": 0})
        await desk.pushed(receipt)
        begins = receipt.timestamp if start == "time" else start
        async with await desk.get(of_key(desk, start=begins)) as client:
            await desk.write({"number": 1})
            events = await client.take(expected + 1)
    assert [event.json()["number"] for event in events] == [0] * expected + [1]


@MEMORIES
@pytest.mark.parametrize("start", ["latest", 2**45])
async def test_known_by_what_it_does_not_want(open_general: OpenGeneral, memory: int, start: Any) -> None:
    """A key that must be known is known by what lies before the beginning of its stream."""
    async with open_general(memory) as desk:
        wants = of_key(desk, start=start, missing="not-found")
        async with await desk.get(wants) as client:
            assert client.status == 404
        await desk.pushed(await desk.write({"number": 0}))
        async with await desk.get(wants) as client:
            assert client.status == 200


async def test_known_by_anybodys(open_general: OpenGeneral) -> None:
    """Where owners do not matter, whoever has asked for a key proves it; where they do, it must be the reader."""
    async with open_general() as desk:
        await desk.prove(user="bob")
        async with await desk.get(of_key(desk, missing="not-found")) as client:
            assert client.status == 200
        async with await desk.get(of_key(desk, missing="not-found", owner=True)) as client:
            assert client.status == 404


@MEMORIES
async def test_kafka_sse_of_a_key(open_general: OpenGeneral, memory: int) -> None:
    """The stream of a key takes the place in its own partition, and needs one."""
    async with open_general(memory) as desk:
        receipts = [await desk.write({"number": number}) for number in range(4)]
        at, other = desk.at(), (desk.at().number + 1) % 3
        place = f'[{{"topic":"{at.topic}","partition":%d,"%s":%d}},{{"topic":"%s","partition":7,"offset":0}}]'
        for part, value, expected in (("offset", 2, [2, 3]), ("offset", -2, [0, 1, 2, 3]), ("offset", 0, [0, 1, 2, 3])):
            async with await desk.get(of_key(desk), last=place % (at.number, part, value, at.topic)) as client:
                assert expected == numbers(await client.take(len(expected)))
        later = [n for n, receipt in enumerate(receipts) if receipt.timestamp >= receipts[2].timestamp]
        async with await desk.get(
            of_key(desk), last=place % (at.number, "timestamp", receipts[2].timestamp, at.topic)
        ) as client:
            assert later == numbers(await client.take(len(later)))
        async with await desk.get(of_key(desk), last=place % (at.number, "offset", -1, at.topic)) as client:
            await desk.write({"number": 4})
            assert numbers(await client.take(1)) == [4]
        foreign = [
            (other, "offset", 0, at.topic),
            (at.number, "offset", 0, "else"),
            (at.number, "offset", 99, at.topic),
        ]
        for each in foreign:
            async with await desk.get(of_key(desk), last=place % each) as client:
                assert client.status == 400


@MEMORIES
async def test_only(open_general: OpenGeneral, memory: int) -> None:
    """A reader that wants some events has those, and none of the server's own; it stands where it would otherwise."""
    async with open_general(memory) as desk:
        wants = desk.wants(signed=False, only=("citation", "done"))
        for name in ("delta", "citation", "delta"):
            await desk.pushed(await desk.put(name))
        async with await desk.get(wants) as client:
            events = await client.take(1)
            await desk.put("done")
            events += await client.rest()
        assert [event.name for event in events] == ["citation", "done"]
        async with await desk.get(wants, last=events[0].id) as client:
            assert await client.rest() == events[1:]
        async with await desk.get(wants, last=events[1].id) as client:
            assert client.status == 204


@MEMORIES
async def test_an_end_that_is_not_wanted(open_general: OpenGeneral, memory: int) -> None:
    """It ends the stream nevertheless, and whoever comes back is told so."""
    async with open_general(memory) as desk:
        wants = desk.wants(signed=False, only=("delta",))
        for name in ("delta", "done"):
            await desk.pushed(await desk.put(name))
        async with await desk.get(wants) as client:
            assert [event.name for event in await client.rest()] == ["delta"]
        assert client.sse.last_id == f"v1.{desk.at().number}.1.end"
        async with await desk.get(wants, last=client.sse.last_id) as back:
            assert back.status == 204


async def test_unnamed(open_general: OpenGeneral) -> None:
    """Where names are not wanted, all events are what EventSource calls `message`."""
    async with open_general() as desk:
        await desk.put("delta")
        await desk.put("done")
        async with await desk.get(desk.wants(signed=False, named=False)) as client:
            assert [event.name for event in await client.rest()] == ["message"] * 3


@MEMORIES
async def test_endless(open_general: OpenGeneral, memory: int) -> None:
    """A stream that does not end stays open after `done`, and whoever has had it comes back to an open stream."""
    async with open_general(memory) as desk:
        wants = desk.wants(signed=False, ends=False)
        await desk.put("done", {"number": 0})
        async with await desk.get(wants) as client:
            done = (await client.take(2))[1]
            await desk.put("done", {"number": 1})
            assert numbers(await client.take(1)) == [1]
        async with await desk.get(wants, last=done.id) as client:
            assert (client.status, numbers(await client.take(1))) == (200, [1])


@MEMORIES
async def test_partition_key(open_general: OpenGeneral, memory: int) -> None:
    """Where something else than the key chose the partition, its events are found there."""
    async with open_general(memory) as desk:
        elsewhere = next(name for name in map(str, range(99)) if desk.at(name) != desk.at())
        await desk.pushed(await desk.write({"number": 1}, partition_key=elsewhere))
        await desk.pushed(await desk.write({"number": 2}))
        for partition_key, expected in ((elsewhere, 1), (None, 2)):
            async with await desk.get(of_key(desk, partition_key=partition_key)) as client:
                assert numbers(await client.take(1)) == [expected]


@MEMORIES
async def test_ndjson(open_general: OpenGeneral, memory: int) -> None:
    """The same objects, one a line, with the same ids; the end ends it."""
    async with open_general(memory) as desk:
        await desk.put("delta", {"text": "a"})
        await desk.write(headers={"user-id": "alice"})
        await desk.put("done", {"answer": "a"})
        accept = (("accept", "application/x-ndjson"),)
        async with await desk.get(desk.wants(signed=False)) as client:
            events = await client.rest()
        async with await desk.get(desk.wants(signed=False), more=accept) as client:
            assert client.headers["content-type"] == "application/x-ndjson"
            lines = [line for line in await client.lines() if line]
        assert lines == [{"id": event.id, "event": event.name, "data": event.json()} for event in events]
        async with await desk.get(
            desk.wants(signed=False), path=f"/?lastEventId={lines[2]['id']}", more=accept
        ) as back:
            assert [line for line in await back.lines() if line] == [{"id": lines[2]["id"]}, *lines[3:]]
        async with await desk.get(desk.wants(signed=False), last=lines[-1]["id"], more=accept) as back:
            assert back.status == 204


async def test_ndjson_is_kept_alive(open_general: OpenGeneral) -> None:
    """By empty lines; a server that stops says so there too."""
    async with open_general(ping=0.02) as desk:
        client = await desk.get(desk.wants(), more=(("accept", "application/x-ndjson"),))
        chunks = [await client.chunk() for _ in range(3)]
        assert chunks[1:] == [b"\n", b"\n"]
    lines = await client.lines()
    assert lines[-1]["event"] == "reconnect"
    await client.close()


async def test_much_that_is_not_wanted(open_general: OpenGeneral) -> None:
    """However long it is, it is passed over without a word."""
    async with open_general() as desk:
        for _ in range(150):
            await desk.put("delta")
        await desk.put("done")
        async with await desk.get(desk.wants(signed=False, only=("done",))) as client:
            assert [event.name for event in await client.rest()] == ["done"]
