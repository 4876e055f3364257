"""Streams and connections that end early: by RST_STREAM, GOAWAY or silence, at every point of a call."""

from pathlib import Path

import pytest

from tests.ext_proc.transport.raw import frames as h2
from tests.ext_proc.transport.raw.call import call, works
from tests.ext_proc.transport.raw.frames import Frame, data
from tests.ext_proc.transport.raw.grpc import message
from tests.ext_proc.transport.raw.headers import REQUEST, headers, split
from tests.ext_proc.transport.raw.peer import Gone, connected, greeted
from tests.ext_proc.transport.served import Served, serving

POINTS: dict[str, list[Frame]] = {
    "after headers": [headers(1)],
    "after half of a prefix": [headers(1), data(1, message(b"end a")[:3])],
    "after half of a message": [headers(1), data(1, message(b"end a")[:-1])],
    "after a message without an answer": call(1, b"hear"),
    "after an answer": call(1, b"say a"),
    "while held": call(1, b"hold reset"),
    "while held and half-closed": call(1, b"hold reset", end=True),
    "while held with more to come": call(1, b"hold reset", b"end b", b"end c"),
    "after the end": call(1, b"end a"),
    "after both ends": call(1, b"end a", end=True),
}


@pytest.mark.parametrize("point", POINTS)
async def test_a_reset_ends_its_stream_alone(served: Served, point: str) -> None:
    """At every point; nothing more is said on it, no place stays taken, and the next stream works."""
    async with greeted(served.socket) as peer:
        peer.send(*POINTS[point])
        await peer.beat()
        peer.send(h2.reset(1))
        await peer.beat()
        said = len(peer.answers[1].frames) if 1 in peer.answers else 0
        assert await works(peer, 3)
        assert said == (len(peer.answers[1].frames) if 1 in peer.answers else 0)
        await served.until(lambda it: it.open == 0 and b"reset" not in it.script.held)


@pytest.mark.parametrize("point", POINTS)
async def test_a_reset_that_comes_at_once(served: Served, point: str) -> None:
    """The same, with everything in one read."""
    async with greeted(served.socket) as peer:
        peer.send(h2.joined([*POINTS[point], h2.reset(1)]))
        assert await works(peer, 3)
    await served.until(lambda it: it.open == 0 and b"reset" not in it.script.held)


async def test_a_reset_stream_may_be_spoken_of(served: Served) -> None:
    """Its number may still come in RST_STREAM, WINDOW_UPDATE and PRIORITY, which cross with it on their way."""
    async with greeted(served.socket) as peer:
        peer.send(
            *call(1, b"hear"),
            h2.reset(1),
            h2.reset(1),
            h2.window_update(1, 10),
            Frame(h2.PRIORITY, 0, 1, bytes(4) + b"\x10"),
        )
        assert await works(peer, 3)


async def test_an_answered_stream_may_be_spoken_of(served: Served) -> None:
    """What the client sent before it read the end of the answer harms nobody."""
    async with greeted(served.socket) as peer:
        peer.send(*call(1, b"end a"))
        await peer.answer(1)
        peer.send(h2.window_update(1, 10), data(1, message(b"hear")), data(1, end=True), h2.reset(1, h2.NO_ERROR))
        assert await works(peer, 3)


@pytest.mark.parametrize("point", POINTS)
async def test_a_connection_may_break_anywhere(served: Served, point: str) -> None:
    """Whatever its streams held is given up."""
    async with greeted(served.socket) as peer:
        peer.send(*POINTS[point])
        await peer.drained()
    await served.until(lambda it: it.open == 0 and b"reset" not in it.script.held)


@pytest.mark.parametrize("cut", [1, h2.HEAD - 1, h2.HEAD, h2.HEAD + 1, 60])
async def test_a_connection_may_break_within_a_frame(served: Served, cut: int) -> None:
    """Half a frame is nothing."""
    async with greeted(served.socket) as peer:
        peer.send(h2.joined([headers(1), data(1, message(b"end a" + bytes(100)))])[:cut])
        await peer.drained()
    async with greeted(served.socket) as peer:
        assert await works(peer, 1)


async def test_a_client_that_only_listens_any_more_hears_its_answers(served: Served) -> None:
    """A client's GOAWAY lets streams that are open be answered."""
    async with greeted(served.socket) as peer:
        peer.send(*call(1, b"hold farewell"))
        await served.until(lambda it: b"farewell" in it.script.held)
        peer.send(h2.goaway(0, h2.NO_ERROR, b"bye"))
        served.script.gates[b"farewell"].set()
        assert [b"farewell"] == (await peer.answer(1)).messages


@pytest.mark.parametrize("frames", [1, 2, 3])
async def test_a_client_that_says_half(served: Served, frames: int) -> None:
    """A preface, settings or headers that never go on keep nobody else from being answered."""
    said: list[Frame | bytes] = [h2.PREFACE, h2.settings(), split(1, REQUEST, 20)[0]]
    async with connected(served.socket) as silent, greeted(served.socket) as peer:
        silent.send(*said[:frames])
        await silent.drained()
        assert await works(peer, 1)


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.1\r\nhost: sluice\r\n\r\n",
        b"\x16\x03\x01\x02\x00" + bytes(100),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\r" + bytes(50),
        b"\x00" * 24,
        b"P" * 10_000,
    ],
    ids=["HTTP/1.1", "TLS", "a typing error", "zeros", "noise"],
)
async def test_who_speaks_something_else_is_sent_away(served: Served, garbage: bytes) -> None:
    """The connection is closed, at most after a GOAWAY."""
    async with connected(served.socket) as peer:
        peer.send(garbage)
        for frame in await peer.end():
            assert frame.kind in {h2.SETTINGS, h2.GOAWAY, h2.WINDOW_UPDATE, h2.PING} or frame.kind > h2.CONTINUATION
    async with greeted(served.socket) as peer:
        assert await works(peer, 1)


async def test_a_preface_comes_as_it_comes(served: Served) -> None:
    """Byte by byte, and in one read with a whole call after it."""
    async with connected(served.socket) as peer:
        for byte in h2.joined([h2.PREFACE, h2.settings()]):
            peer.send(bytes((byte,)))
            await peer.drained()
        assert await works(peer, 1)
    async with connected(served.socket) as peer:
        peer.send(h2.joined([h2.PREFACE, h2.settings(), *call(1, b"end ok")]))
        assert [b"ok"] == (await peer.answer(1)).messages


async def test_a_server_greets_first(served: Served) -> None:
    """Its SETTINGS come before anything else, also before its answer to a client that did not wait."""
    async with connected(served.socket) as peer:
        peer.send(h2.joined([h2.PREFACE, h2.settings(), h2.ping(), *call(1, b"end ok")]))
        await peer.answer(1)
        first = peer.seen[0]
    assert (h2.SETTINGS, 0, 0) == (first.kind, first.flags, first.stream)


async def test_more_streams_than_the_server_takes(transport: str, tmp_path: Path) -> None:
    """Past the bound each is answered or refused, at once, and none is left without a word."""
    async with serving(transport, tmp_path, max_streams=10) as served, greeted(served.socket) as peer:
        streams = range(1, 101, 2)
        for stream in streams:
            peer.send(*call(stream, b"hold many"))
        for stream in streams[10:]:
            answer = await peer.answer(stream)
            assert answer.messages or answer.reset == h2.REFUSED_STREAM
        assert 10 == max(served.counts)
        served.script.gates[b"many"].set()
        assert [[b"many"]] * 10 == [(await peer.answer(stream)).messages for stream in streams[:10]]
        assert await works(peer, 101)


async def test_closing_is_heard(served: Served) -> None:
    """A client that closes its side of the socket has the other closed, too."""
    async with greeted(served.socket) as peer:
        peer.send(*call(1, b"hear"))
        peer.leave()
        await peer.end()
        with pytest.raises(Gone):
            await peer.read()
    await served.until(lambda it: it.open == 0)
