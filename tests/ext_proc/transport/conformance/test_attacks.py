"""Clients that mean harm: floods, bombs and silence. Each costs itself its connection, or nothing; others are answered.

This is claimed of native, whose code is ours, and proved of it alone (`ENDURES`). grpcio's C core takes floods for as long as they
come, lets answers pile up that nobody reads, and joins headers without a bound: it is for peers that one trusts, as Envoy is.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import count

import pytest

from tests.ext_proc.transport.raw import frames as h2
from tests.ext_proc.transport.raw import headers as hd
from tests.ext_proc.transport.raw.call import call, works
from tests.ext_proc.transport.raw.frames import Frame, data
from tests.ext_proc.transport.raw.grpc import message
from tests.ext_proc.transport.raw.headers import REQUEST, headers, request, split
from tests.ext_proc.transport.raw.peer import Gone, Peer, connected, greeted
from tests.ext_proc.transport.served import Served, serving

ENDURES = ("native",)

MUCH = 10_000
"""Frames of a flood."""

HOARD = 24 * 1024 * 1024
"""Bytes that a server which is not read may take of a flood, its socket's buffers included, before it stops reading."""


def _pings() -> Iterator[bytes]:
    return (bytes(h2.ping(n.to_bytes(8, "big"))) for n in count())


def _settings() -> Iterator[bytes]:
    return (bytes(h2.settings((h2.INITIAL_WINDOW_SIZE, n % 2))) for n in count())


def _empty_data() -> Iterator[bytes]:
    yield bytes(headers(1))
    yield from (bytes(data(1)) for _ in count())


def _priorities() -> Iterator[bytes]:
    return (bytes(Frame(h2.PRIORITY, 0, 2 * n + 1, bytes(5))) for n in count())


def _unknown() -> Iterator[bytes]:
    return (bytes(Frame(0xFA, 0, 0, b"")) for _ in count())


def _rapid_resets() -> Iterator[bytes]:
    return (h2.joined([headers(2 * n + 1), h2.reset(2 * n + 1)]) for n in count())


def _made_to_reset() -> Iterator[bytes]:
    """Each stream is reset by the server, for what its client does to it (CVE-2025-8671)."""
    return (h2.joined([headers(2 * n + 1), h2.window_update(2 * n + 1, 0)]) for n in count())


def _continuations() -> Iterator[bytes]:
    yield bytes(split(1, REQUEST, 20)[0])
    yield from (bytes(Frame(h2.CONTINUATION, 0, 1, b"\x00\x01a\x01b" * 30)) for _ in count())


def _empty_continuations() -> Iterator[bytes]:
    yield bytes(split(1, REQUEST, 20)[0])
    yield from (bytes(Frame(h2.CONTINUATION, 0, 1, b"")) for _ in count())


EITHER, CALM = frozenset({"kept", "calm"}), frozenset({"calm"})

FLOODS: dict[str, tuple[Callable[[], Iterator[bytes]], frozenset[str]]] = {
    "pings": (_pings, EITHER),
    "settings": (_settings, EITHER),
    "empty DATA": (_empty_data, EITHER),
    "priorities": (_priorities, EITHER),
    "unknown frames": (_unknown, EITHER),
    "rapid resets": (_rapid_resets, EITHER),
    "made to reset": (_made_to_reset, EITHER),
    "continuations": (_continuations, CALM),
    "empty continuations": (_empty_continuations, CALM),
}
"""What is sent, and whether the server may go on (`kept`) or has to end the connection (`calm`)."""


@pytest.fixture(params=ENDURES, scope="module")
async def attacked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """A server of its own, with limits that a short flood reaches."""
    async with serving(request.param, tmp_path_factory.mktemp("a"), max_streams=100) as served:
        yield served


async def outcome(peer: Peer) -> str:
    """`kept` where the connection goes on, `calm` where it was ended for what was sent."""
    try:
        await peer.beat()
    except (Gone, ConnectionError):
        goaways = [frame.code for frame in peer.seen if frame.kind == h2.GOAWAY]
        assert goaways in ([], [h2.ENHANCE_YOUR_CALM], [h2.PROTOCOL_ERROR], [h2.COMPRESSION_ERROR])
        return "calm"
    return "kept"


@pytest.mark.parametrize("flood", FLOODS)
async def test_a_flood_costs_its_own_connection(attacked: Served, flood: str) -> None:
    """Or nothing; meanwhile another connection is answered, and nothing stays behind."""
    frames, allowed = FLOODS[flood]
    async with greeted(attacked.socket) as other:
        async with greeted(attacked.socket) as peer:
            reading = asyncio.create_task(outcome_of_flood(peer, frames()))
            assert await works(other, 1)
            assert await reading in allowed
        assert await works(other, 3)
    await attacked.until(lambda it: it.open == 0)


async def outcome_of_flood(peer: Peer, frames: Iterator[bytes]) -> str:
    """Sends a flood while all that comes is read."""
    for _ in range(MUCH // 500):
        peer.send(b"".join(next(frames) for _ in range(500)))
        await asyncio.sleep(0)
    return await outcome(peer)


@pytest.mark.parametrize("flood", ["pings", "settings"])
async def test_who_floods_and_reads_nothing_is_not_read(attacked: Served, flood: str) -> None:
    """Answers do not pile up: the server stops reading, or ends the connection."""
    frames = FLOODS[flood][0]()
    async with greeted(attacked.socket) as other, greeted(attacked.socket) as peer:
        sent = 0
        try:
            while sent < HOARD:
                chunk = b"".join(next(frames) for _ in range(2000))
                peer.send(chunk)
                async with asyncio.timeout(0.3):
                    await peer.drained()
                sent += len(chunk)
        except (TimeoutError, ConnectionError):
            pass  # nobody reads it any more
        assert sent < HOARD
        assert await works(other, 1)


@pytest.mark.parametrize(
    "fields",
    [request(x="y" * 300_000), (*REQUEST, *((f"x-{n}", "") for n in range(9000)))],
    ids=["a long value", "many names"],
)
async def test_headers_past_the_bound(attacked: Served, fields: hd.Fields) -> None:
    """A header block far beyond any of Envoy's is refused, and is nobody's call."""
    size = len(hd.block(fields))
    async with greeted(attacked.socket) as other, greeted(attacked.socket) as peer:
        peer.send(*split(1, fields, *range(h2.FRAME, size, h2.FRAME)), data(1, message(b"end bomb")))
        await outcome(peer)
        assert [] == (peer.answers[1].messages if 1 in peer.answers else [])
        assert b"end bomb" not in attacked.script.heard
        assert await works(other, 1)


@pytest.mark.parametrize("greet", [True, False], ids=["greeted", "at once"])
async def test_a_bomb_of_indices(attacked: Served, greet: bool) -> None:  # noqa: FBT001  # a parameter of the test
    """One long field in the table, and thousands of single bytes that each mean all of it, are not unpacked.

    Nor before the server's settings, which allow no table, are acknowledged.
    """
    long = b"\x40" + hd.text("x") + hd.text("y" * 4000)
    bomb = hd.block(REQUEST)[1:] + long + b"\xbe" * 12_000
    async with greeted(attacked.socket) as other, (greeted if greet else connected)(attacked.socket) as peer:
        if not greet:
            peer.send(h2.PREFACE, h2.settings())
        peer.send(Frame(h2.HEADERS, h2.END_HEADERS, 1, bomb), data(1, message(b"end bomb")))
        await outcome(peer)
        assert b"end bomb" not in attacked.script.heard
        assert await works(other, 1)


async def test_a_message_that_claims_to_be_huge(attacked: Served) -> None:
    """The length of a prefix is refused when it is read; nobody waits for 4 GiB."""
    async with greeted(attacked.socket) as peer:
        peer.send(headers(1), data(1, message(b"", length=0xFFFF_FFFF)))
        answer = await peer.answer(1)
        assert ("8", []) == (answer.status, answer.messages)
        assert await works(peer, 3)


async def test_a_slow_reader_costs_itself(attacked: Served) -> None:
    """Answers that a client does not read wait, with their streams; others of the server are answered."""
    async with greeted(attacked.socket) as other, greeted(attacked.socket, [(h2.INITIAL_WINDOW_SIZE, 0)]) as peer:
        for stream in range(1, 161, 2):
            peer.send(*call(stream, b"many 3 20000"))
        await peer.beat()
        assert await works(other, 1)
        peer.send(h2.settings((h2.INITIAL_WINDOW_SIZE, 100_000)))
        for stream in range(1, 161, 2):
            assert [20_000] * 3 == [len(each) for each in (await peer.answer(stream)).messages]


async def test_windows_opened_byte_by_byte(attacked: Served) -> None:
    """A client that grants one byte at a time gets its answer, byte by byte, and holds nobody up."""
    async with greeted(attacked.socket) as other, greeted(attacked.socket, [(h2.INITIAL_WINDOW_SIZE, 0)]) as peer:
        peer.send(*call(1, b"end 0123456789"))
        for _ in range(15):
            peer.send(h2.window_update(1, 1))
            assert await works(other, 2 * len(other.answers) + 1)
        assert [b"0123456789"] == (await peer.answer(1)).messages
