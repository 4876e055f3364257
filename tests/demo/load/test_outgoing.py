"""What is sent, and what has had no receipt."""

import asyncio

from demo.load.outgoing import BLOCK, Outgoing
from tests.demo.load.conftest import chunk, stream


async def test_no_more_is_sent_than_may_be_unheard() -> None:
    """And no more is read than is sent, but for what is ready."""
    read: list[int] = []
    outgoing = Outgoing(ahead=2, unheard=3)
    chunks = [chunk(number, of=20) for number in range(20)]
    filling = asyncio.create_task(outgoing.fill(stream(*chunks, heard=lambda one: read.append(one.number))))
    blocks, sent = outgoing.blocks(), b""
    while outgoing.unheard < 3:
        sent += await anext(blocks)
    waiting = asyncio.ensure_future(anext(blocks))
    await asyncio.sleep(0.01)

    assert not waiting.done()
    assert sent == b"".join(one.line for one in chunks[:3])
    assert max(read) <= 3 + 2 + 1
    assert outgoing.heard() is chunks[0]
    assert await waiting == chunks[3].line
    filling.cancel()


async def test_what_is_unheard_comes_first_in_the_next_upload() -> None:
    """In its order, and then what was not sent yet."""
    outgoing = Outgoing()
    chunks = [chunk(number) for number in range(10)]
    await outgoing.fill(stream(*chunks))
    await anext(outgoing.blocks())
    for _ in range(4):
        outgoing.heard()
    outgoing.cut()

    assert outgoing.unheard == 0
    assert [block async for block in outgoing.blocks()] == [b"".join(one.line for one in chunks[4:])]


async def test_an_upload_that_is_broken_off_breaks_off_no_file() -> None:
    """Whoever waits for a chunk may leave."""
    outgoing, gate = Outgoing(), asyncio.Event()

    async def late() -> None:
        await gate.wait()
        await outgoing.fill(stream(chunk(0, of=1)))

    filling = asyncio.ensure_future(late())
    leaving = asyncio.ensure_future(anext(outgoing.blocks()))
    await asyncio.sleep(0)
    leaving.cancel()
    gate.set()
    await asyncio.wait([leaving, filling])

    assert [block async for block in outgoing.blocks()] == [chunk(0, of=1).line]
    assert not await outgoing.has_more()


async def test_blocks_are_bounded() -> None:
    """So that no more than some of them are in memory."""
    text = "x" * (BLOCK // 4)
    outgoing = Outgoing()
    await outgoing.fill(stream(*(chunk(number, text=text) for number in range(10))))

    assert [len(block) > BLOCK for block in [one async for one in outgoing.blocks()]] == [True, True, False]
