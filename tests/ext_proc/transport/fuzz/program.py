"""What a client does on a connection, drawn from bytes: frames that are mostly right, and things that befall the server."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from ext_proc.transport.methods import CHECK
from tests.ext_proc.transport.fuzz.draw import Draw
from tests.ext_proc.transport.raw import frames as h2
from tests.ext_proc.transport.raw.frames import Frame, data
from tests.ext_proc.transport.raw.grpc import message
from tests.ext_proc.transport.raw.headers import REQUEST, block, headers, request, split

STEPS = 400

TRAFFIC = 255
"""What a program begins with whose other bytes are a client's, as they came."""

LONGEST = 16_384

VERBS = (b"say ", b"end ", b"hear", b"hold", b"many", b"fail")


@dataclass(frozen=True, slots=True)
class Came:
    """Bytes came."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Released:
    """What the longest-held message waited for has come."""


@dataclass(frozen=True, slots=True)
class Ticked:
    """So many seconds passed."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Left:
    """The server is told to leave: for the first time, and once more when it is to take no more streams."""


Step = Came | Released | Ticked | Left


def program(raw: bytes) -> list[Step]:
    """The steps that these bytes choose."""
    return list(islice(_steps(Draw(raw)), STEPS))


def _steps(draw: Draw) -> Iterator[Step]:
    first = draw.byte()
    if first == TRAFFIC:
        yield Came(draw.take(LONGEST))
        return
    if first % 16 != 15:
        yield Came(h2.joined([h2.PREFACE, _settings(draw)]))
    while not draw.spent:
        yield _MAKERS[draw.below(len(_MAKERS))](draw)


def _stream(draw: Draw) -> int:
    """Few numbers, so that they meet."""
    return draw.pick(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 0, 2, 1 << 31 | 1, 0x7FFF_FFFF, 255)


def _open(draw: Draw) -> Step:
    fields = draw.pick(
        REQUEST,
        REQUEST,
        REQUEST,
        request(_path=CHECK),
        request(_path="/no/Method"),
        request(content_type="text/plain"),
        request(_method="GET"),
        request(content_length="5"),
        request(te=None, x="y" * 300),
        (("grpc-trailer", "1"),),
    )
    padding = draw.pick(None, None, None, 0, 7, 255)
    return Came(bytes(headers(_stream(draw), fields, end=draw.below(4) == 3, padding=padding)))


def _split(draw: Draw) -> Step:
    size = len(block(REQUEST))
    cuts = sorted(draw.below(size) for _ in range(draw.below(6)))
    frames = split(_stream(draw), REQUEST, *cuts, end=draw.below(4) == 3)
    if draw.below(6) == 5:
        frames.pop(draw.below(len(frames)))
    return Came(h2.joined(frames))


def _block(draw: Draw) -> Step:
    return Came(bytes(Frame(h2.HEADERS, draw.pick(4, 5, 0, 0x24, 0x2D), _stream(draw), draw.some())))


def _message(draw: Draw) -> Step:
    stream, size = _stream(draw), draw.pick(0, 1, 5, 30, 300, 3000)
    body = VERBS[draw.below(len(VERBS))] + draw.take(1) * size
    raw = message(body) * draw.pick(1, 1, 1, 2, 3)
    return Came(bytes(data(stream, raw, end=draw.below(4) == 3, padding=draw.pick(None, None, 0, 9))))


def _piece(draw: Draw) -> Step:
    stream, size = _stream(draw), draw.below(64)
    whole = message(VERBS[draw.below(len(VERBS))] + bytes(size))
    cut = draw.below(len(whole) + 1)
    between = _MAKERS[draw.below(len(_MAKERS))](draw) if draw.below(3) == 2 else Came(b"")
    middle = between.data if isinstance(between, Came) else b""
    return Came(h2.joined([data(stream, whole[:cut]), middle, data(stream, whole[cut:], end=draw.below(4) == 3)]))


def _data(draw: Draw) -> Step:
    return Came(bytes(Frame(h2.DATA, draw.pick(0, 1, 8, 9, 0xFF), _stream(draw), draw.some() * draw.pick(1, 1, 1, 64))))


def _settings(draw: Draw) -> Frame:
    size = draw.pick(65_535, 0, 1, 100, 5_000, 0x7FFF_FFFF, 1 << 31)
    return draw.pick(
        h2.settings(),
        h2.settings((h2.INITIAL_WINDOW_SIZE, size)),
        h2.settings((h2.INITIAL_WINDOW_SIZE, size), (h2.MAX_FRAME_SIZE, 20_000)),
        h2.settings((h2.HEADER_TABLE_SIZE, draw.pick(0, 4096, 65_536))),
        h2.settings((draw.below(9), draw.number(4))),
        h2.SETTINGS_ACK,
    )


def _say_settings(draw: Draw) -> Step:
    return Came(bytes(_settings(draw)))


def _widen(draw: Draw) -> Step:
    by = draw.pick(1, 10, 1000, 70_000, 0, 0x7FFF_FFFF, 0x7FFF_0000, 1 << 31 | 5)
    return Came(bytes(h2.window_update(draw.pick(0, 0, _stream(draw)), by)))


def _reset(draw: Draw) -> Step:
    return Came(bytes(h2.reset(_stream(draw), draw.pick(0, 1, 8, 255))))


def _control(draw: Draw) -> Step:
    frame = draw.pick(
        h2.ping(),
        Frame(h2.PING, h2.ACK, 0, bytes(8)),
        h2.goaway(draw.number(4), draw.below(14)),
        Frame(h2.PRIORITY, 0, _stream(draw), bytes(5)),
        Frame(0xFA, draw.byte(), _stream(draw), draw.some()),
    )
    return Came(bytes(frame))


def _frame(draw: Draw) -> Step:
    return Came(bytes(Frame(draw.below(12), draw.byte(), _stream(draw), draw.some())))


def _noise(draw: Draw) -> Step:
    return Came(draw.some())


def _released(_: Draw) -> Step:
    return Released()


def _elsewhere(draw: Draw) -> Step:
    choices: tuple[Step, ...] = (Released(), Ticked(draw.byte() / 64), Ticked(60.0), Left(), Released())
    return draw.pick(*choices)


def _open_and_ask(draw: Draw) -> Step:
    stream = _stream(draw)
    body = VERBS[draw.below(len(VERBS))] + draw.some()
    return Came(h2.joined([headers(stream), data(stream, message(body), end=draw.below(2) == 1)]))


_MAKERS: tuple[Callable[[Draw], Step], ...] = (
    _open,
    _open_and_ask,
    _open_and_ask,
    _split,
    _block,
    _message,
    _message,
    _piece,
    _data,
    _say_settings,
    _widen,
    _reset,
    _control,
    _frame,
    _noise,
    _released,
    _elsewhere,
)
