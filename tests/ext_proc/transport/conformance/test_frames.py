"""What a client may send and seldom does, frame by frame."""

import pytest

from tests.ext_proc.transport.conformance.promises import Promises
from tests.ext_proc.transport.raw import frames as h2
from tests.ext_proc.transport.raw.call import call, health_check, works
from tests.ext_proc.transport.raw.frames import Frame, data
from tests.ext_proc.transport.raw.grpc import message
from tests.ext_proc.transport.raw.headers import REQUEST, Fields, block, headers, request, split
from tests.ext_proc.transport.raw.peer import greeted
from tests.ext_proc.transport.served import Served

RESERVED = 1 << 31
LENGTH = len(block(REQUEST))


async def test_an_answer_has_header_messages_and_trailers(served: Served) -> None:
    """HEADERS, DATA, HEADERS with END_STREAM: nothing else is an answer of gRPC's."""
    async with greeted(served.socket) as peer:
        peer.send(*call(1, b"say a", b"end b"))
        answer = await peer.answer(1)
    assert ("200", "application/grpc") == (answer.head[":status"], answer.head["content-type"])
    assert ([b"a", b"b"], "0") == (answer.messages, answer.trailers["grpc-status"])
    assert answer.frames[-1].ends or answer.frames[-2].ends


async def test_an_answered_stream_leaves_nothing_behind(served: Served) -> None:
    """A client that has not closed its half is told with RST_STREAM NO_ERROR that it need not, or may still do so."""
    async with greeted(served.socket) as peer:
        peer.send(*call(1, b"end a"))
        await peer.answer(1)
        peer.send(data(1, b"", end=True))
        await peer.beat()
        assert peer.answers[1].reset in {None, h2.NO_ERROR}
        assert await works(peer, 3)


@pytest.mark.parametrize("cut", range(LENGTH + 1))
async def test_headers_cut_anywhere(served: Served, cut: int) -> None:
    """A CONTINUATION may begin at any byte, and be empty."""
    async with greeted(served.socket) as peer:
        peer.send(*split(1, REQUEST, cut), data(1, message(b"end a")))
        assert [b"a"] == (await peer.answer(1)).messages


async def test_headers_in_single_bytes(served: Served) -> None:
    """As many CONTINUATIONs as a header block has bytes, up to a bound of frames that is far above what anybody sends."""
    async with greeted(served.socket) as peer:
        step = LENGTH // 8
        peer.send(*split(1, REQUEST, *range(step, LENGTH, step)), data(1, message(b"end a")))
        assert [b"a"] == (await peer.answer(1)).messages


@pytest.mark.parametrize("padding", [0, 1, 255])
async def test_headers_may_be_padded(served: Served, promises: Promises, padding: int) -> None:
    """What pads them says nothing; who does not know padding refuses what it cannot read."""
    async with greeted(served.socket) as peer:
        peer.send(headers(1, padding=padding), data(1, message(b"end a")))
        answer = await peer.answer(1)
        assert ([b"a"] if promises.pads else []) == answer.messages
        assert promises.pads or answer.status != "0"


@pytest.mark.parametrize("padding", [0, 1, 255])
async def test_data_may_be_padded(served: Served, promises: Promises, padding: int) -> None:
    """What pads them says nothing; who does not know padding resets the stream and takes nothing for a message."""
    async with greeted(served.socket) as peer:
        peer.send(headers(1), data(1, message(b"end a"), padding=padding))
        answer = await peer.answer(1)
        assert ([b"a"] if promises.pads else []) == answer.messages
        assert promises.pads or answer.reset == h2.PROTOCOL_ERROR


async def test_data_may_have_flags_that_nobody_knows(served: Served, promises: Promises) -> None:
    """As padding."""
    async with greeted(served.socket) as peer:
        peer.send(headers(1), Frame(h2.DATA, 0x40, 1, message(b"end a")))
        answer = await peer.answer(1)
        assert ([b"a"] if promises.pads else []) == answer.messages
        assert promises.pads or answer.reset == h2.PROTOCOL_ERROR


async def test_a_priority_says_nothing(served: Served) -> None:
    """In a frame of its own, on streams of every state, and in HEADERS."""
    weight = b"\x80\x00\x00\x00\x10"
    async with greeted(served.socket) as peer:
        flags = h2.PRIORITISED | h2.END_HEADERS
        peer.send(
            Frame(h2.PRIORITY, 0, 7, weight),
            Frame(h2.HEADERS, flags, 1, weight + block(REQUEST)),
            Frame(h2.PRIORITY, 0, 1, weight),
            data(1, message(b"end a")),
        )
        assert [b"a"] == (await peer.answer(1)).messages
        peer.send(Frame(h2.PRIORITY, 0, 1, weight))
        assert await works(peer, 3)


async def test_what_is_unknown_is_passed_over(served: Served) -> None:
    """Frames and settings that nobody has defined, and the reserved bit of a stream's number."""
    async with greeted(served.socket) as peer:
        peer.send(
            Frame(0xFA, 0xFF, 0, b"x" * 100),
            Frame(0xFA, 0xFF, 1, b"x" * 100),
            h2.settings((0xFAFA, 1), (h2.MAX_FRAME_SIZE, 1 << 24 - 1)),
            Frame(h2.HEADERS, h2.END_HEADERS, 1 | RESERVED, block(REQUEST)),
            data(1 | RESERVED, message(b"end a")),
        )
        assert [b"a"] == (await peer.answer(1)).messages


async def test_a_ping_is_answered_and_an_answer_is_not(served: Served) -> None:
    """With the same eight bytes."""
    async with greeted(served.socket) as peer:
        peer.send(Frame(h2.PING, h2.ACK, 0, b"no reply"), h2.ping(b"01234567"))
        await peer.beat(b"76543210")
        pongs = [frame.payload for frame in peer.seen if frame.kind == h2.PING and frame.flags & h2.ACK]
    assert [b"01234567", b"76543210"] == pongs


async def test_settings_are_acknowledged_one_by_one(served: Served, promises: Promises) -> None:
    """Each SETTINGS frame has its acknowledgement, or several that came at once have one."""
    async with greeted(served.socket) as peer:
        peer.send(h2.settings((h2.MAX_FRAME_SIZE, 20_000)), h2.settings(), h2.settings((h2.ENABLE_PUSH, 0)))
        await peer.beat()
        if not promises.each_settings and h2.SETTINGS_ACK not in peer.seen:  # it answers a PING before them
            await peer.until(lambda frame: frame == h2.SETTINGS_ACK)
        acknowledged = [frame for frame in peer.seen if frame == h2.SETTINGS_ACK]
        assert len(acknowledged) in ({4} if promises.each_settings else {1, 2, 3, 4})
        assert await works(peer, 1)


async def test_bytes_come_as_they_come(served: Served) -> None:
    """A connection that is cut into single bytes says the same."""
    async with greeted(served.socket) as peer:
        for byte in h2.joined([*split(1, REQUEST, 20), data(1, message(b"end a"))]):
            peer.send(bytes((byte,)))
            await peer.drained()
        assert [b"a"] == (await peer.answer(1)).messages


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6, 7, 11])
async def test_messages_cut_anywhere(served: Served, size: int) -> None:
    """Messages do not mind where DATA frames begin: pieces of every size, empty ones between them."""
    raw = message(b"say a") + message(b"hear") + message(b"end " + b"b" * 20)
    pieces = [data(1, raw[at : at + size]) for at in range(0, len(raw), size)]
    async with greeted(served.socket) as peer:
        peer.send(headers(1), data(1), *(frame for piece in pieces for frame in (piece, data(1))))
        assert [b"a", b"b" * 20] == (await peer.answer(1)).messages


async def test_messages_of_many_streams_interleaved(served: Served) -> None:
    """Halves of messages wait for their other halves, each in its own stream."""
    streams = range(1, 401, 2)
    async with greeted(served.socket) as peer:
        whole = {stream: message(b"end %d" % stream) for stream in streams}
        peer.send(*(headers(stream) for stream in streams))
        peer.send(*(data(stream, whole[stream][:7]) for stream in streams))
        peer.send(*(data(stream, whole[stream][7:]) for stream in reversed(streams)))
        for stream in streams:
            assert [b"%d" % stream] == (await peer.answer(stream)).messages


async def test_what_follows_the_end_is_passed_over(served: Served) -> None:
    """Messages after the last one that was answered, in the same frame and in later ones, are nobody's."""
    async with greeted(served.socket) as peer:
        peer.send(headers(1), data(1, message(b"end a") + message(b"end b")), data(1, message(b"end c")))
        assert [b"a"] == (await peer.answer(1)).messages
        peer.send(data(1, message(b"end d")))
        assert await works(peer, 3)


async def test_a_half_closed_stream_is_answered(served: Served) -> None:
    """END_STREAM with the last message, in an empty DATA frame, and in trailers."""
    async with greeted(served.socket) as peer:
        peer.send(headers(1), data(1, message(b"end a"), end=True))
        peer.send(*call(3, b"say b", end=True))
        peer.send(*call(5, b"say c"), headers(5, (("grpc-nothing", "1"),), end=True))
        assert [[b"a"], [b"b"], [b"c"]] == [(await peer.answer(stream)).messages for stream in (1, 3, 5)]
        assert ["0", "0", "0"] == [peer.answers[stream].status for stream in (1, 3, 5)]


async def test_nothing_is_a_call_too(served: Served) -> None:
    """A stream that ends without a message ends with OK and nothing else, by HEADERS or by DATA."""
    async with greeted(served.socket) as peer:
        peer.send(headers(1, end=True), headers(3), data(3, end=True))
        answers = [await peer.answer(stream) for stream in (1, 3)]
        assert [([], "0"), ([], "0")] == [(answer.messages, answer.status) for answer in answers]


async def test_a_message_that_is_cut_is_none(served: Served, promises: Promises) -> None:
    """A stream that ends within a message, or within its prefix, ends with an error, or as if that had not been sent."""
    async with greeted(served.socket) as peer:
        for stream, piece in (
            (1, message(b"end a")[:3]),
            (3, message(b"end a")[:-1]),
            (5, message(b"", length=1 << 20)),
        ):
            peer.send(headers(stream), data(stream, piece, end=True))
            answer = await peer.answer(stream)
            assert answer.messages == []
            assert (answer.status == "0") is not promises.cut_is_error
        assert await works(peer, 7)


async def test_health_is_answered_on_the_same_connection(served: Served) -> None:
    """Between messages of streams that are open."""
    async with greeted(served.socket) as peer:
        peer.send(*call(1, b"hear"), *health_check(3))
        assert [b"\x08\x01"] == (await peer.answer(3)).messages
        peer.send(data(1, message(b"end a")))
        assert [b"a"] == (await peer.answer(1)).messages


@pytest.mark.parametrize("fields", [request(content_type="application/grpc+proto"), request(user_agent="x" * 4000)])
async def test_headers_that_are_as_good(served: Served, fields: Fields) -> None:
    """Other names of the content, and headers that say nothing here."""
    async with greeted(served.socket) as peer:
        peer.send(headers(1, fields), data(1, message(b"end a")))
        assert [b"a"] == (await peer.answer(1)).messages


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        (request(content_type="text/plain"), "415"),
        (request(content_type=None), "415"),
        (request(_method="GET"), "405"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_is_no_call(served: Served, promises: Promises, fields: Fields, status: str) -> None:
    """Something that is not gRPC hears a status of HTTP's, or an error of gRPC's; either way it costs nobody else."""
    async with greeted(served.socket) as peer:
        peer.send(headers(1, fields, end=True))
        answer = await peer.answer(1)
        if promises.http_status:
            assert status == answer.head[":status"]
        else:
            assert answer.messages == []
        assert await works(peer, 3)
