"""Streams of keys that nobody ever writes."""

from typing import Any

import pytest

from bus.memory import MemoryBus
from ext_proc.reply import PROBLEM_TYPES
from ext_proc.results.trust import signed_by
from tests.ext_proc.results.conftest import TOPICS
from tests.ext_proc.results.desk import Desk, Open, open_desk
from tests.ext_proc.results.test_trust import SIGNER, signed

HISTORIES = pytest.mark.parametrize("history", [2**26, 1])
SOON = 0.02


async def _stays_open(desk: Desk, wants: Any) -> None:
    """Its time has come and gone, more than once, and the stream is still there."""
    async with await desk.get(wants) as client:
        await client.take(1)
        for _ in range(5):
            await client.comment()
        await desk.put("done")
        assert (await client.rest())[-1].name == "done"


@HISTORIES
@pytest.mark.parametrize("accept", ["text/event-stream", "application/x-ndjson"])
async def test_ended(open_: Open, history: int, accept: str) -> None:
    """It ends with a problem that says what to do, and whoever comes back is told that it has ended."""
    async with open_(history_bytes=history) as desk:
        await desk.put("delta", key=desk.neighbour())
        async with await desk.get(desk.wants(unseen=SOON), more=(("accept", accept),)) as client:
            if accept == "text/event-stream":
                end = (await client.take(2))[1]
                name, last, data = end.name, end.id, end.json()
                assert await client.next() is None
            else:
                end = (await client.lines())[-1]
                name, last, data = end["event"], end["id"], end["data"]
        assert (name, last[-4:]) == ("error", ".end")
        assert data == {
            "type": PROBLEM_TYPES + "never-submitted",
            "title": "Not Found",
            "status": 404,
            "detail": "Nothing was submitted under this id. Submit it, then open a new stream without Last-Event-ID.",
            "query_id": "k",
        }
        async with await desk.get(desk.wants(unseen=SOON), last=last) as back:
            assert back.status == 204
        await desk.put("done")
        async with await desk.get(desk.wants(unseen=SOON)) as anew:
            assert [event.name for event in await anew.rest()] == ["queued", "done"]


@HISTORIES
@pytest.mark.parametrize("forgotten", [True, False])
async def test_queued_for_long(open_: Open, history: int, forgotten: bool) -> None:  # noqa: FBT001 - a parameter of pytest
    """A query that merely waits is never called unknown: its proof is in memory, or in the log."""
    async with open_(history_bytes=history, ping=SOON) as desk:
        await desk.prove()
        await desk.proved()
        if forgotten:
            desk.feed._hub.proofs._seen.clear()
        await _stays_open(desk, desk.wants(unseen=SOON))
        assert desk.feed._hub.proofs.seen((desk.proofs, b"k", b"alice")) is not None


@HISTORIES
async def test_anothers_proof(open_: Open, history: int) -> None:
    """Somebody else's query under that key does not keep a stream open."""
    async with open_(history_bytes=history) as desk:
        await desk.prove(user="bob")
        await desk.proved(user="bob")
        await desk.put("delta", user="bob")
        desk.feed._hub.proofs._seen.clear()
        async with await desk.get(desk.wants(unseen=SOON)) as client:
            assert [event.name for event in await client.rest()] == ["queued", "error"]


async def test_a_forged_proof(bus: MemoryBus) -> None:
    """Nor does one that Sluice has not signed, be it in memory or in the log; one that it has signed does."""
    async with open_desk(bus, topics=TOPICS, trust=signed_by(SIGNER), ping=SOON) as desk:
        await desk.prove()
        async with await desk.get(desk.wants(unseen=SOON)) as client:
            assert [event.name for event in await client.rest()] == ["queued", "error"]
        await desk.producer.put(signed("submitted", topic=desk.proofs))
        await desk.proved()
        desk.feed._hub.proofs._seen.clear()
        async with await desk.get(desk.wants(unseen=SOON)) as client:
            await client.take(1)
            await client.nothing_more()


@HISTORIES
async def test_written_before(open_: Open, history: int) -> None:
    """Who comes back after an event of the key is not told that there never was one, even if none follows."""
    async with open_(history_bytes=history, ping=SOON) as desk:
        await desk.put("delta")
        receipt = await desk.put("delta", key=desk.neighbour())
        wants = desk.wants(unseen=SOON)
        async with await desk.get(wants, last=f"v1.{receipt.partition}.{receipt.offset}") as client:
            await client.nothing_more()
            await client.nothing_more()
            assert client.status == 200


@HISTORIES
async def test_comes_in_time(open_: Open, history: int) -> None:
    """The first event ends the waiting for good."""
    async with open_(history_bytes=history, ping=SOON) as desk, await desk.get(desk.wants(unseen=0.2)) as client:
        await desk.put("delta")
        assert [event.name for event in await client.take(2)] == ["queued", "delta"]
        await desk.put("done")
        assert [event.name for event in await client.rest()] == ["done"]


async def test_never(open_: Open) -> None:
    """Zero is never."""
    async with open_(ping=SOON) as desk:
        await _stays_open(desk, desk.wants(unseen=0.0))


async def test_kafka_is_away(open_: Open, bus: MemoryBus) -> None:
    """While nobody can tell whether the key exists, nobody says that it does not."""
    async with open_(ping=SOON) as desk, await desk.get(desk.wants(unseen=SOON)) as client:
        await client.take(1)
        bus.stop()
        for _ in range(5):
            await client.comment()
        bus.start()
        assert [event.name for event in await client.rest()] == ["error"]


async def test_not_wanted(open_: Open) -> None:
    """A reader that does not want `error` is not shown one, and is told the same by its id."""
    async with open_() as desk, await desk.get(desk.wants(unseen=SOON, only=("done",))) as client:
        assert await client.rest() == []
        async with await desk.get(desk.wants(only=("done",)), last=client.sse.last_id) as back:
            assert back.status == 204


async def test_a_proof_that_retention_takes(open_: Open, bus: MemoryBus) -> None:
    """What is gone from the log proves nothing any more; looking for it goes on with what is left."""
    async with open_() as desk:
        await desk.prove()
        await desk.proved()
        desk.feed._hub.proofs._seen.clear()
        for partition in bus._cluster.partitions(desk.proofs):
            bus.trim(partition, 1)
        async with await desk.get(desk.wants(unseen=SOON)) as client:
            assert [event.name for event in await client.rest()] == ["queued", "error"]


async def test_without_a_proving_topic(open_: Open) -> None:
    """Where no other topic proves a key, its own alone is asked."""
    async with open_() as desk, await desk.get(desk.wants(unseen=SOON, known_by="")) as client:
        assert [event.name for event in await client.rest()] == ["queued", "error"]
