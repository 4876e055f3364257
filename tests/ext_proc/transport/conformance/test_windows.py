"""Flow control, both ways (RFC 9113, 5.2 and 6.9)."""

import asyncio

import pytest

from tests.ext_proc.transport.conformance.promises import Promises
from tests.ext_proc.transport.raw import frames as h2
from tests.ext_proc.transport.raw.call import call, works
from tests.ext_proc.transport.raw.frames import data
from tests.ext_proc.transport.raw.grpc import message
from tests.ext_proc.transport.raw.headers import headers, request
from tests.ext_proc.transport.raw.peer import Peer, greeted
from tests.ext_proc.transport.raw.sender import Sender
from tests.ext_proc.transport.served import Served

PREFIX = 5


def sent(peer: Peer, stream: int) -> int:
    """How many bytes of flow-controlled data came on a stream."""
    return sum(len(frame.payload) for frame in peer.seen if frame.kind == h2.DATA and frame.stream == stream)


async def test_no_window_no_data(served: Served) -> None:
    """With a window of 0 the header may come, and nothing of the message; with each grant comes as much, to the byte."""
    async with greeted(served.socket, [(h2.INITIAL_WINDOW_SIZE, 0)]) as peer:
        peer.send(*call(1, b"end 0123456789"))
        await peer.beat()
        assert 0 == sent(peer, 1)
        for granted, step in ((1, 1), (4, 3), (9, 5)):
            peer.send(h2.window_update(1, step))
            while sent(peer, 1) < granted:
                await peer.read()
            await peer.beat()
            assert granted == sent(peer, 1)
        peer.send(h2.window_update(1, 1000))
        assert [b"0123456789"] == (await peer.answer(1)).messages


async def test_an_empty_message_needs_its_prefix_only(served: Served) -> None:
    """Five bytes of window are enough for it, and trailers need none."""
    async with greeted(served.socket, [(h2.INITIAL_WINDOW_SIZE, PREFIX)]) as peer:
        peer.send(*call(1, b"end "))
        assert [b""] == (await peer.answer(1)).messages


async def test_settings_open_a_window(served: Served) -> None:
    """A larger initial window counts for streams that are open, too."""
    async with greeted(served.socket, [(h2.INITIAL_WINDOW_SIZE, 0)]) as peer:
        peer.send(*call(1, b"end abc"), *call(3, b"end def"))
        await peer.beat()
        assert (0, 0) == (sent(peer, 1), sent(peer, 3))
        peer.send(h2.settings((h2.INITIAL_WINDOW_SIZE, 100)))
        assert [[b"abc"], [b"def"]] == [(await peer.answer(stream)).messages for stream in (1, 3)]


async def test_settings_make_a_window_negative(served: Served) -> None:
    """What was sent is owed: only when all that is paid back comes more."""
    async with greeted(served.socket, [(h2.INITIAL_WINDOW_SIZE, 100)]) as peer:
        peer.send(*call(1, b"many 1 1000"))
        await peer.until(lambda _: sent(peer, 1) == 100)
        peer.send(h2.settings((h2.INITIAL_WINDOW_SIZE, 10)))  # 90 are owed
        await peer.beat()
        peer.send(h2.window_update(1, 90))
        await peer.beat()
        assert 100 == sent(peer, 1)
        peer.send(h2.window_update(1, 7))
        await peer.until(lambda _: sent(peer, 1) > 100)
        await peer.beat()
        assert 107 == sent(peer, 1)
        peer.send(h2.settings((h2.INITIAL_WINDOW_SIZE, 2000)))
        assert [b"0" * 1000] == (await peer.answer(1)).messages


async def test_a_window_that_goes_to_nothing_and_back(served: Served) -> None:
    """Between two settings that come at once nothing is sent that the second forbids."""
    async with greeted(served.socket) as peer:
        peer.send(h2.settings((h2.INITIAL_WINDOW_SIZE, 50)), h2.settings((h2.INITIAL_WINDOW_SIZE, 0)))
        await peer.beat()
        peer.send(*call(1, b"end abc"))
        await peer.beat()
        assert 0 == sent(peer, 1)
        peer.send(h2.settings((h2.INITIAL_WINDOW_SIZE, 50), (h2.INITIAL_WINDOW_SIZE, 8)))
        assert [b"abc"] == (await peer.answer(1)).messages


async def test_the_connection_has_a_window_too(served: Served) -> None:
    """Its 65,535 bytes are shared; each grant is used whole, by whichever stream."""
    async with greeted(served.socket, [(h2.INITIAL_WINDOW_SIZE, 1 << 20)], wide=False) as peer:
        peer.send(*call(1, b"many 1 50000"), *call(3, b"many 1 50000"))
        await peer.until(lambda _: sent(peer, 1) + sent(peer, 3) >= h2.WINDOW)
        await peer.beat()
        assert h2.WINDOW == sent(peer, 1) + sent(peer, 3)
        peer.send(h2.window_update(0, 100))
        await peer.until(lambda _: sent(peer, 1) + sent(peer, 3) >= h2.WINDOW + 100)
        await peer.beat()
        assert h2.WINDOW + 100 == sent(peer, 1) + sent(peer, 3)
        peer.send(h2.window_update(0, 1 << 20))
        assert [[b"0" * 50_000]] * 2 == [(await peer.answer(stream)).messages for stream in (1, 3)]


async def test_a_stream_without_a_window_holds_nobody_up(served: Served) -> None:
    """Others of the connection are answered, and health too."""
    async with greeted(served.socket) as peer:
        peer.send(*call(1, b"many 2 100000"))
        await peer.until(lambda _: sent(peer, 1) == h2.WINDOW)
        assert await works(peer, 3)
        peer.send(h2.window_update(1, 1 << 20))
        assert [b"0" * 100_000, b"1" * 100_000] == (await peer.answer(1)).messages


async def test_a_stream_that_is_reset_gives_its_place_up(served: Served) -> None:
    """What waits for a window of a stream is dropped with it, and the connection's window is not spent on it."""
    async with greeted(served.socket, wide=False) as peer:
        peer.send(*call(1, b"many 1 100000"))
        await peer.until(lambda _: sent(peer, 1) == h2.WINDOW)
        peer.send(h2.reset(1), h2.window_update(0, 10))
        assert await works(peer, 3)
        assert h2.WINDOW == sent(peer, 1)


@pytest.mark.parametrize("size", [h2.FRAME, 20_000, (1 << 24) - 1])
async def test_frames_keep_to_what_the_client_takes(served: Served, size: int) -> None:
    """No frame is longer than the client's MAX_FRAME_SIZE."""
    async with greeted(served.socket, [(h2.INITIAL_WINDOW_SIZE, 1 << 20), (h2.MAX_FRAME_SIZE, size)]) as peer:
        peer.send(*call(1, b"many 2 100000"))
        answer = await peer.answer(1)
    assert [100_000, 100_000] == [len(body) for body in answer.messages]
    assert max(len(frame.payload) for frame in answer.frames) <= size


async def test_a_client_that_keeps_to_its_windows_sends_anything(served: Served) -> None:
    """Windows are given back as data is read: megabytes pass on one stream."""
    async with greeted(served.socket, [(h2.INITIAL_WINDOW_SIZE, 1 << 24)]) as peer:
        sender = Sender(peer)
        peer.send(headers(1))
        await sender.send(1, message(b"say " + b"a" * 2_000_000) + message(b"end " + b"b" * 500_000))
        assert [2_000_000, 500_000] == [len(body) for body in (await peer.answer(1)).messages]


async def test_many_clients_of_one_connection_share_its_window(served: Served) -> None:
    """A hundred streams that all send much are all read."""
    async with greeted(served.socket) as peer:
        sender = Sender(peer)
        streams = range(1, 201, 2)
        raw = message(b"hear " + b"a" * 30_000) + message(b"end a")
        for stream in streams:
            peer.send(headers(stream))
            await sender.send(stream, raw)
        for stream in streams:
            assert [b"a"] == (await peer.answer(stream)).messages


async def test_padding_is_paid_back(served: Served, promises: Promises) -> None:
    """It counts for the windows, so it is given back as data is."""
    if not promises.pads:  # test_frames proves what it does instead
        return
    async with greeted(served.socket) as peer:
        sender = Sender(peer)
        peer.send(headers(1))
        for _ in range(2 * (sender.stream_window // 256) + 600):
            await sender.frame(data(1, padding=255))
        await sender.send(1, message(b"end a"))
        assert [b"a"] == (await peer.answer(1)).messages


@pytest.mark.parametrize(
    "dead",
    ["reset by the client", "answered", "unimplemented", "refused"],
)
async def test_data_that_nobody_reads_is_paid_back(served: Served, dead: str) -> None:
    """DATA of a stream that is over counts for the connection's window, which others need."""
    async with greeted(served.socket) as peer:
        sender = Sender(peer)
        stream, left = 1, 3 * sender.connection_window
        while left > 0:
            peer.send(headers(stream, request(_path="/no/Method") if dead == "unimplemented" else request()))
            if dead == "answered":
                peer.send(data(stream, message(b"end a")))
                sender.spend(stream, len(message(b"end a")))
            if dead == "refused":
                await sender.send(stream, b"\x09")
            for _ in range(4):
                left -= h2.FRAME
                await sender.frame(data(stream, bytes(h2.FRAME)), stream_counts=False)
                if dead == "reset by the client":
                    break
            peer.send(h2.reset(stream))
            stream += 2
        await asyncio.wait_for(peer.beat(), 10)
        peer.send(headers(stream))
        await sender.send(stream, message(b"end ok"))
        assert [b"ok"] == (await peer.answer(stream)).messages
