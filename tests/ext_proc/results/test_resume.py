"""Coming back with an id."""

import pytest

from bus.memory import MemoryBus
from tests.ext_proc.results.desk import Desk, Open

HISTORIES = pytest.mark.parametrize("history", [2**26, 1])


@pytest.mark.parametrize("text", ["x", "v1.0", "v1.0.-2", "v9.0.1", "1"])
async def test_malformed(desk: Desk, text: str) -> None:
    """What is not an id is 400, and says nothing of us."""
    async with await desk.get(last=text) as client:
        body = await client.body()
    assert (client.status, body["detail"]) == (400, "Last-Event-ID is not an event id.")


async def test_long(desk: Desk) -> None:
    """As long as Envoy lets it be, it is answered by us: with a problem that repeats nothing of it."""
    text = "x" * 30_000
    for last, path in ((text, "/results/k"), ("", f"/results/k?lastEventId={text}")):
        async with await desk.get(last=last, path=path) as client:
            assert (client.status, (await client.body())["detail"]) == (400, "Last-Event-ID is not an event id.")


@HISTORIES
async def test_foreign(open_: Open, history: int) -> None:
    """An id of another partition, or of the future, is 400."""
    async with open_(history_bytes=history) as desk:
        receipt = await desk.put("delta")
        other = (receipt.partition + 1) % 3
        for last in (f"v1.{other}.0", f"v1.{receipt.partition}.{receipt.offset + 1}", f"v1.{receipt.partition}.99"):
            async with await desk.get(last=last) as client:
                assert (client.status, (await client.body())["detail"]) == (400, "Last-Event-ID is not of this stream.")


@HISTORIES
async def test_goes_on(open_: Open, history: int) -> None:
    """What follows the id comes, without `queued`, and nothing else; by header or by query alike."""
    async with open_(history_bytes=history) as desk:
        await desk.answer(10)
        async with await desk.get() as client:
            events = await client.take(6)
            rest = [event.id for event in await client.rest()]
        async with await desk.get(last=events[-1].id) as client:
            assert rest == [event.id for event in await client.rest()]
        async with await desk.get(path=f"/results/k?lastEventId={events[-1].id}") as client:
            assert rest == [event.id for event in await client.rest()]


async def test_header_wins(desk: Desk) -> None:
    """EventSource keeps the address it was made with, so its header is newer; an empty one is none."""
    await desk.answer(3)
    async with await desk.get() as client:
        ids = [event.id for event in await client.rest()]
    async with await desk.get(path=f"/results/k?lastEventId={ids[0]}", last=ids[3]) as client:
        assert ids[4:] == [event.id for event in await client.rest()]
    async with await desk.get(path=f"/results/k?lastEventId={ids[2]}", last="") as client:
        assert ids[3:] == [event.id for event in await client.rest()]


@HISTORIES
@pytest.mark.parametrize("written", [0, 3])
async def test_from_queued(open_: Open, history: int, written: int) -> None:
    """The id of the event that the server made up is as good as any: nothing is missing after it, nor comes twice."""
    async with open_(history_bytes=history) as desk:
        await desk.put("delta", {"text": "z"}, key="other")
        for number in range(written):
            await desk.put("delta", {"text": str(number)})
        async with await desk.get() as client:
            (queued,) = await client.take(1)
        await desk.put("done")
        async with await desk.get(last=queued.id) as client:
            assert [event.name for event in await client.rest()] == ["delta"] * written + ["done"]


@HISTORIES
@pytest.mark.parametrize("name", ["done", "error", "cancelled"])
async def test_after_the_end(open_: Open, history: int, name: str) -> None:
    """Whoever has had the end is answered 204, at which EventSource stops."""
    async with open_(history_bytes=history) as desk:
        await desk.put("delta")
        receipt = await desk.put(name)
        await desk.put("delta", key="other")
        async with await desk.get(last=f"v1.{receipt.partition}.{receipt.offset}") as client:
            assert client.status == 204


@HISTORIES
async def test_anothers_end_is_not_mine(open_: Open, history: int) -> None:
    """The place of somebody else's terminal event says nothing: the stream opens as with any other place."""
    async with open_(history_bytes=history) as desk:
        receipt = await desk.put("done", user="bob")
        async with await desk.get(last=f"v1.{receipt.partition}.{receipt.offset}") as client:
            assert client.status == 200
            await desk.put("done")
            assert [event.name for event in await client.rest()] == ["done"]


@HISTORIES
async def test_gap(open_: Open, bus: MemoryBus, history: int) -> None:
    """An id older than Kafka holds is told so, and the stream goes on from the earliest record."""
    async with open_(history_bytes=history) as desk:
        for number in range(10):
            await desk.put("delta", {"text": str(number)})
    bus.trim(desk.at(), 5)
    async with open_(history_bytes=history) as desk:
        await desk.put("done")
        place = f"v1.{desk.at().number}."
        async with await desk.get(last=f"{place}2") as client:
            events = await client.rest()
        assert (events[0].name, events[0].id, events[0].json()) == ("gap", f"{place}4", {"earliest": f"{place}5"})
        assert [f"{place}{offset}" for offset in range(5, 11)] == [event.id for event in events[1:]]
        for last in (events[0].id, f"{place}4"):
            async with await desk.get(last=last) as client:
                assert events[1:] == await client.rest()


async def test_gap_while_reading(open_: Open, bus: MemoryBus) -> None:
    """What retention takes away while a stream is still in the past is a gap as well."""
    async with open_(history_bytes=1) as desk:
        await desk.put("delta", {"text": "0"})
        async with await desk.get() as client:
            await client.take(2)
            await desk.put("delta", user="bob")
            bus.trim(desk.at(), 2)
            receipt = await desk.put("done")
            events = await client.rest()
    assert [event.name for event in events] == ["gap", "done"]
    assert events[0].json() == {"earliest": f"v1.{receipt.partition}.2"}
