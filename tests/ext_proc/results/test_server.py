"""The whole server, from the bus to the socket."""

from tests.ext_proc.results.desk import Desk, text_of


async def test_before(desk: Desk) -> None:
    """A reader who comes before the answer gets the whole of it, and then the stream ends."""
    async with await desk.get() as client:
        first = await client.next()
        text = await desk.answer(5)
        events = await client.rest()
    assert first is not None
    assert (first.name, first.json()) == ("queued", {"query_id": "k"})
    assert text == text_of(events)
    assert events[-1].name == "done"
    assert text == events[-1].json()["answer"]
    assert client.sse.retry == 2000


async def test_during(desk: Desk) -> None:
    """A reader who comes during the answer gets the whole of it."""
    await desk.put("delta", {"text": "one "})
    async with await desk.get() as client:
        await client.take(2)
        await desk.put("delta", {"text": "two "})
        await desk.put("done", {"answer": "one two "})
        assert [event.name for event in await client.rest()] == ["delta", "done"]


async def test_after(desk: Desk) -> None:
    """A reader who comes after the answer gets the whole of it."""
    text = await desk.answer(200)
    async with await desk.get() as client:
        events = await client.rest()
    assert [event.name for event in events] == ["queued"] + ["delta"] * 200 + ["done"]
    assert text == text_of(events)
