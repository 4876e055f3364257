"""What must hold of everything that a server says, whatever it was sent: checked frame by frame."""

from collections import defaultdict

import hpack

from tests.ext_proc.transport.raw import frames as h2
from tests.ext_proc.transport.raw.frames import Frame, frames_of

_LARGEST = (1 << 31) - 1


class Oracle:
    """Hears both sides of one connection. What it grants is an upper bound, for it takes every frame for a good one."""

    def __init__(self) -> None:
        self._came = b""
        self._said = b""
        self._prefaced = False
        self._granted = h2.WINDOW
        self._windows: dict[int, int] = defaultdict(int)
        self._initial = h2.WINDOW
        self._largest_frame = h2.FRAME
        self._pings = 0
        self._settings = 0
        self._opened: set[int] = set()
        self._sent: dict[int, int] = defaultdict(int)
        self._begun: set[int] = set()
        self._ended: set[int] = set()
        self._reset: set[int] = set()
        self._decoder = hpack.Decoder()
        self._frames = 0
        self._over = False

    def came(self, raw: bytes) -> None:
        """The client said this."""
        self._came += raw
        if not self._prefaced:
            if len(self._came) < len(h2.PREFACE):
                return
            self._came = self._came[len(h2.PREFACE) :]
            self._prefaced = True
        used = 0
        for frame in frames_of(self._came):
            used += h2.HEAD + len(frame.payload)
            self._grant(frame)
        self._came = self._came[used:]

    def _grant(self, frame: Frame) -> None:
        stream = frame.stream & _LARGEST
        if frame.kind == h2.WINDOW_UPDATE and len(frame.payload) == 4:
            if stream:
                self._windows[stream] += frame.number
            else:
                self._granted += frame.number
        elif frame.kind == h2.SETTINGS:
            self._settings += 1
            self._take_settings(frame.payload)
        elif frame.kind == h2.PING:
            self._pings += 1
        elif frame.kind == h2.HEADERS:
            self._opened.add(stream)

    def _take_settings(self, payload: bytes) -> None:
        for at in range(0, len(payload) - 5, 6):
            name, value = int.from_bytes(payload[at : at + 2], "big"), int.from_bytes(payload[at + 2 : at + 6], "big")
            if name == h2.INITIAL_WINDOW_SIZE:
                self._initial = max(self._initial, value)
            elif name == h2.MAX_FRAME_SIZE:
                self._largest_frame = max(self._largest_frame, value)

    def said(self, raw: bytes) -> None:
        """The server said this; it has said whole frames only."""
        used = 0
        for frame in frames_of(raw):
            used += h2.HEAD + len(frame.payload)
            self._check(frame)
        assert len(raw) == used, "a frame was cut"

    def closing(self) -> None:
        """The server says that it will say no more."""
        self._over = True

    def _check(self, frame: Frame) -> None:
        assert not self._over, "a frame after the last"
        assert self._frames or (h2.SETTINGS, 0) == (frame.kind, frame.flags), "no SETTINGS at first"
        self._frames += 1
        assert len(frame.payload) <= self._largest_frame, "a frame longer than allowed"
        if frame.kind in {h2.DATA, h2.HEADERS, h2.RST_STREAM}:
            self._of_a_stream(frame)
        elif frame.kind == h2.PING and frame.flags & h2.ACK:
            self._pings -= 1
            assert self._pings >= 0, "an answer to no PING"
        elif frame.kind == h2.SETTINGS and frame.flags & h2.ACK:
            self._settings -= 1
            assert self._settings >= 0, "an acknowledgement of nothing"
        elif frame.kind == h2.WINDOW_UPDATE:
            assert 0 < frame.number <= _LARGEST, "no increment"
            assert not frame.stream or frame.stream in self._opened - self._ended - self._reset
        else:
            assert frame.kind in {h2.SETTINGS, h2.PING, h2.GOAWAY}, "a frame that a server does not send"

    def _of_a_stream(self, frame: Frame) -> None:
        stream = frame.stream
        assert stream in self._opened or frame.kind == h2.RST_STREAM, "a stream that nobody opened"
        if frame.kind == h2.RST_STREAM:
            assert stream, "a reset of the connection"
            self._reset.add(stream)
            return
        assert stream not in self._reset, "a frame after a reset"
        assert stream not in self._ended, "a frame after the end"
        if frame.kind == h2.DATA:
            self._data(frame)
        else:
            self._headers(frame)
        if frame.flags & h2.END_STREAM:
            self._ended.add(stream)

    def _data(self, frame: Frame) -> None:
        assert frame.stream in self._begun, "DATA before headers"
        self._sent[frame.stream] += len(frame.payload)
        self._granted -= len(frame.payload)
        assert self._granted >= 0, "more than the connection's window"
        assert self._sent[frame.stream] <= self._initial + self._windows[frame.stream], "more than the stream's window"

    def _headers(self, frame: Frame) -> None:
        assert frame.flags & h2.END_HEADERS, "headers that are not whole"
        fields = {str(name): str(value) for name, value in self._decoder.decode(frame.payload)}
        first = frame.stream not in self._begun
        self._begun.add(frame.stream)
        assert first == (":status" in fields), "a status in trailers, or none in headers"
        assert first or ("grpc-status" in fields and frame.flags & h2.END_STREAM), "trailers that end nothing"
