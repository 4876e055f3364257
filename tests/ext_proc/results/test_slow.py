"""A reader that does not read."""

import asyncio
import gc

from tests.ext_proc.results.client import Client, Sse
from tests.ext_proc.results.desk import Desk, Open, text_of

LARGE = {"text": "x" * 8_000}


async def _flood(desk: Desk, count: int) -> None:
    for _ in range(count):
        await desk.put("delta", LARGE)


async def test_dropped_alone(open_: Open) -> None:
    """It loses its own stream, and can come back with its last id; who reads along has everything."""
    async with open_(buffer_events=100, history_bytes=2_000_000) as desk:
        slow = await desk.get(limit=1024)
        async with await desk.get() as quick:
            (flooded, events) = await asyncio.gather(_flood(desk, 400), quick.take(401))
            assert desk.sample("gateway_slow_readers_total", topic=desk.topic) == 1
            got = await _all_there_is(slow)
            await desk.put("done")
            assert [event.name for event in await quick.rest()] == ["done"]
        assert flooded is None
        async with await desk.get(last=got[-1].id) as back:
            rest = await back.rest()
    assert 0 < len(got) < 401
    assert text_of(events) == text_of([*got, *rest])


async def _all_there_is(client: Client) -> list[Sse]:
    events: list[Sse] = []
    try:
        while (event := await client.next()) is not None:
            events.append(event)
    except (asyncio.IncompleteReadError, ConnectionError):
        await client.close()
    return events


async def test_stalled(open_: Open) -> None:
    """One that takes nothing for several pings' time is given up too, however little there is to send."""
    async with open_(ping=0.05) as desk:
        await _flood(desk, 200)
        stuck = await desk.get(limit=1024)
        await desk.nobody()
        assert desk.sample("gateway_slow_readers_total", topic=desk.topic) == 1
        await _all_there_is(stuck)


async def test_holds_no_memory(open_: Open) -> None:
    """What waits for readers that do not read is in the history, once, and not with each of them."""
    async with open_(buffer_events=10_000, history_bytes=2_000_000) as desk:
        stuck = [await desk.get(limit=1024) for _ in range(20)]
        await _flood(desk, 200)
        async with await desk.get() as quick:
            await quick.take(201)
        gc.collect()
        waiting = sum(
            protocol.transport.get_write_buffer_size()
            for protocol in gc.get_objects()
            if type(protocol).__name__ == "RequestHandler" and getattr(protocol, "transport", None)
        )
        for client in stuck:
            await client.close()
    assert waiting < 20 * (64 * 8_100 + 16_384)
