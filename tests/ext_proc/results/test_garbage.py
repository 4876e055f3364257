"""A stream that has ended is gone at once: nothing of it waits for the garbage collector."""

import asyncio
import gc

from ext_proc.results.reader.stream import Stream
from ext_proc.results.reader.subscriber import Subscriber
from tests.ext_proc.results.desk import Desk


def _alive() -> int:
    return sum(isinstance(each, Stream | Subscriber) for each in gc.get_objects())


async def test_a_closed_stream_leaves_no_cycle(desk: Desk) -> None:
    """With the collector off, streams that were left are freed with their last reference."""
    gc.collect()
    before = _alive()
    gc.disable()
    try:
        for number in range(3):
            async with await desk.get(desk.wants(f"k{number}")) as client:
                await client.next()
        await desk.nobody()
        await asyncio.sleep(0)
        assert before == _alive()
    finally:
        gc.enable()
