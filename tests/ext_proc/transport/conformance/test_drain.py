"""How a server leaves: nothing that it began is lost, and what it refuses may be tried elsewhere."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.ext_proc.transport.conformance.promises import Promises
from tests.ext_proc.transport.raw import frames as h2
from tests.ext_proc.transport.raw.call import call
from tests.ext_proc.transport.raw.frames import Frame, data
from tests.ext_proc.transport.raw.grpc import message
from tests.ext_proc.transport.raw.peer import Answer, Gone, Peer, greeted
from tests.ext_proc.transport.served import Served, serving

EVERY = 0x7FFF_FFFF


@asynccontextmanager
async def leaving(
    transport: str, folder: Path, *, drain: float
) -> AsyncIterator[tuple[Served, asyncio.Event, asyncio.Task[None]]]:
    """A server in a task, which leaves once the event is set."""
    told: asyncio.Future[Served] = asyncio.get_running_loop().create_future()
    leave = asyncio.Event()

    async def serve() -> None:
        async with serving(transport, folder, drain=drain) as served:
            told.set_result(served)
            await leave.wait()

    task = asyncio.create_task(serve())
    try:
        yield await told, leave, task
    finally:
        leave.set()
        async with asyncio.timeout(10):
            await task


async def farewell(peer: Peer, promises: Promises) -> Frame:
    """The last GOAWAY: a graceful server says first that it will leave, and then, if ever, which stream was its last."""
    while True:
        frame = await peer.until(lambda frame: frame.kind == h2.GOAWAY or (frame.kind == h2.PING and not frame.flags))
        if frame.kind == h2.PING:
            peer.send(Frame(h2.PING, h2.ACK, 0, frame.payload))
        elif frame.number != EVERY or not promises.names_last:
            return frame


def refused(peer: Peer, stream: int, last: Frame) -> bool:
    """Whether a stream was refused in a way that lets its client try it elsewhere."""
    return stream > last.number or peer.answers.get(stream, Answer()).reset == h2.REFUSED_STREAM


async def hung_up(peer: Peer, promises: Promises) -> None:
    """Reads to the end of the connection."""
    if not promises.hangs_up:
        peer.leave()
    await peer.end()


async def test_what_is_open_is_finished(transport: str, promises: Promises, tmp_path: Path) -> None:
    """A stream that is held, one whose body is to come and one that has said nothing yet are all answered."""
    async with leaving(transport, tmp_path, drain=30) as (served, leave, task), greeted(served.socket) as peer:
        peer.send(*call(1, b"hold leaving"), *call(3, b"hear"), *call(5))
        await served.until(lambda it: it.open == 3)
        leave.set()
        last = await farewell(peer, promises)
        assert (h2.NO_ERROR, True) == (last.code, last.number >= 5)
        served.script.gates[b"leaving"].set()
        peer.send(data(3, message(b"end b")), data(5, message(b"end c")))
        answers = [await peer.answer(stream) for stream in (1, 3, 5)]
        assert [([b"leaving"], "0"), ([b"b"], "0"), ([b"c"], "0")] == [(it.messages, it.status) for it in answers]
        await hung_up(peer, promises)
        async with asyncio.timeout(10):
            await task


async def test_what_comes_too_late_may_be_tried_elsewhere(transport: str, promises: Promises, tmp_path: Path) -> None:
    """A new stream is above the last one that GOAWAY names, or is refused by REFUSED_STREAM; it never begins."""
    async with leaving(transport, tmp_path, drain=30) as (served, leave, _), greeted(served.socket) as peer:
        peer.send(*call(1, b"hear"))
        await peer.beat()
        leave.set()
        last = await farewell(peer, promises)
        peer.send(*call(3, b"end late"))
        await peer.beat()
        assert refused(peer, 3, last) or not promises.names_last
        assert b"end late" not in served.script.heard
        peer.send(data(1, message(b"end a")))
        assert [b"a"] == (await peer.answer(1)).messages


async def test_what_crosses_with_the_farewell_is_answered_or_refused(
    transport: str, promises: Promises, tmp_path: Path
) -> None:
    """A client that has not heard of it yet loses nothing: each of its streams is answered, or may be tried elsewhere."""
    async with leaving(transport, tmp_path, drain=30) as (served, leave, _), greeted(served.socket) as peer:
        peer.send(*call(1, b"hold cross"))
        await served.until(lambda it: b"cross" in it.script.held)
        leave.set()
        for stream in range(3, 41, 2):
            peer.send(*call(stream, b"end %d" % stream))
            await peer.drained()
        last = await farewell(peer, promises)
        served.script.gates[b"cross"].set()
        assert [b"cross"] == (await peer.answer(1)).messages
        await served.until(lambda it: it.open == 0)
        await hung_up(peer, promises)
        for stream in range(3, 41, 2):
            answered = [b"%d" % stream] == peer.answers.get(stream, Answer()).messages
            assert answered == (b"end %d" % stream in served.script.heard)
            assert answered != refused(peer, stream, last) or not promises.names_last


async def knock(socket: str) -> None:
    """A call on a new connection, as far as it comes."""
    async with greeted(socket) as late:
        late.send(*call(1, b"end late"))
        await late.answer(1)


async def test_nobody_new_is_let_in(transport: str, promises: Promises, tmp_path: Path) -> None:
    """A connection is refused at once, or sent away by a GOAWAY, so that another processor is asked."""
    async with leaving(transport, tmp_path, drain=30) as (served, leave, _), greeted(served.socket) as peer:
        peer.send(*call(1, b"hear"))
        await peer.beat()
        leave.set()
        await farewell(peer, promises)
        with pytest.raises((ConnectionError, FileNotFoundError, Gone)):
            await knock(served.socket)
        assert b"end late" not in served.script.heard
        peer.send(data(1, message(b"end a")))
        await peer.answer(1)


async def test_a_drain_has_an_end(transport: str, tmp_path: Path) -> None:
    """What is still open then is cut, with an error and never with OK; what held it is cancelled."""
    async with leaving(transport, tmp_path, drain=0.1) as (served, leave, task), greeted(served.socket) as peer:
        peer.send(*call(1, b"hold forever"), *call(3, b"hear"))
        await served.until(lambda it: b"forever" in it.script.held)
        leave.set()
        await peer.end()
        assert not any(answer.status == "0" for answer in peer.answers.values())
        async with asyncio.timeout(10):
            await task
        await served.until(lambda it: b"forever" in it.script.cut and it.open == 0)


async def test_a_client_that_reads_nothing_holds_nobody_up(transport: str, promises: Promises, tmp_path: Path) -> None:
    """A drain ends on time although its last answers find no room, or when that client has gone."""
    wide = [(h2.INITIAL_WINDOW_SIZE, EVERY)]
    async with leaving(transport, tmp_path, drain=0.1) as (served, leave, task), greeted(served.socket, wide) as peer:
        peer.send(*call(1, b"many 100 100000"), *call(3, b"hear"))
        await served.until(lambda it: b"hear" in it.script.heard)
        leave.set()
        if promises.leaves_the_deaf:
            async with asyncio.timeout(10):
                await task


async def test_an_idle_server_leaves_at_once(transport: str, promises: Promises, tmp_path: Path) -> None:
    """With connections and without streams there is nothing to wait for, however long the drain may take."""
    async with leaving(transport, tmp_path, drain=3600) as (served, leave, task), greeted(served.socket) as peer:
        peer.send(*call(1, b"end a"))
        await peer.answer(1)
        leave.set()
        await farewell(peer, promises)
        await hung_up(peer, promises)
        async with asyncio.timeout(10):
            await task
