"""A server's end of one HTTP/2 connection (RFC 9113). Does no I/O: what came goes in, what is to go comes out.

It is written for one peer, Envoy's gRPC client, and keeps to what any client may do: whatever breaks the protocol ends
the stream or the connection with the code that the RFC names, and nothing else.
"""

import time
from collections.abc import Callable

from ext_proc.transport.http2 import answers, frames, settings
from ext_proc.transport.http2.blocks import OpenBlock
from ext_proc.transport.http2.errors import ConnectionFailed, ErrorCode, StreamFailed
from ext_proc.transport.http2.frames import ACK, END_HEADERS, END_STREAM, PREFACE, PRIORITIZED, Kind
from ext_proc.transport.http2.headers import HeaderBlocks, MalformedRequest, TooLarge
from ext_proc.transport.http2.limits import Limits
from ext_proc.transport.http2.outbox import Outbox
from ext_proc.transport.http2.patience import Patience
from ext_proc.transport.http2.room import Room
from ext_proc.transport.http2.streams import Answer, Streams
from ext_proc.transport.http2.windows import DEFAULT_WINDOW, MAX_WINDOW, ReceiveWindow

_WORD_SIZE, _PRIORITY_SIZE, _PING_SIZE, _GOAWAY_SIZE = 4, 5, 8, 8
_SETTINGS_ACK = frames.frame(Kind.SETTINGS, ACK, 0, b"")
_DRAIN_PING = b"draining"
_TOO_LARGE = answers.plain(431)


class Connection:
    """One connection. `stirred` is called when there is something to send where there was nothing.

    Attributes:
        closing: It has ended, with an error or by its owner's will.
    """

    def __init__(
        self,
        *,
        answer: Answer,
        stirred: Callable[[], None],
        limits: Limits | None = None,
        room: Room | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        limits = limits or Limits()
        self.closing = False
        self._limits = limits
        self._outbox = Outbox(stirred)
        self._reader = frames.FrameReader(max_size=limits.frame)
        self._preface = bytearray()
        self._headers = HeaderBlocks(max_list=limits.header_list)
        self._window = ReceiveWindow(limits.connection_window)
        resets = Patience("resets", burst=limits.resets, rate=limits.resets_a_second, clock=clock)
        self._idle = Patience("idle frames", burst=limits.idle_frames, rate=limits.idle_frames_a_second, clock=clock)
        room = room or Room(limits.room)
        self._streams = Streams(outbox=self._outbox, limits=limits, room=room, answer=answer, resets=resets)
        self._block: OpenBlock | None = None
        self._receive = self._begin
        self._acknowledged_once = False
        self._leaving = False
        self._take = {
            Kind.DATA: self._data,
            Kind.HEADERS: self._header_block,
            Kind.PRIORITY: self._priority,
            Kind.RST_STREAM: self._rst_stream,
            Kind.SETTINGS: self._settings,
            Kind.PUSH_PROMISE: self._push_promise,
            Kind.PING: self._ping,
            Kind.GOAWAY: self._goaway,
            Kind.WINDOW_UPDATE: self._window_update,
            Kind.CONTINUATION: self._continuation,
        }
        self._outbox.put(
            frames.frame(Kind.SETTINGS, 0, 0, settings.ours(limits)),
            frames.window_update(0, limits.connection_window - DEFAULT_WINDOW),
        )

    @property
    def streams(self) -> int:
        """How many are open."""
        return len(self._streams)

    @property
    def done(self) -> bool:
        """Whether nothing more will come of it: once all is sent it is to be closed."""
        return self.closing or (self._streams.refusing and not self._streams)

    def take(self) -> bytes:
        """All that is to be sent now."""
        return self._outbox.take()

    def receive(self, data: bytes) -> None:
        """Takes what came, however it is cut. What is wrong with it is said to the peer, and to nobody else."""
        if self.closing:
            return
        try:
            self._receive(data)
        except ConnectionFailed as error:
            self.close(error.code, error.why)

    def leave(self) -> None:
        """Asks the peer for no more streams; one round trip later the last one is named (section 6.8)."""
        if self._leaving or self.closing:
            return
        self._leaving = True
        self._outbox.put(frames.goaway(MAX_WINDOW, ErrorCode.NO_ERROR), frames.frame(Kind.PING, 0, 0, _DRAIN_PING))

    def refuse(self) -> None:
        """From now on new streams are refused; the open ones go on, and the last of them closes the connection."""
        if self._streams.refusing or self.closing:
            return
        self._leaving = self._streams.refusing = True
        self._outbox.put(frames.goaway(self._streams.last, ErrorCode.NO_ERROR))

    def close(self, code: ErrorCode = ErrorCode.NO_ERROR, why: str = "") -> None:
        """Ends the connection with all its streams."""
        if self.closing:
            return
        self.closing = True
        self._outbox.put(frames.goaway(self._streams.last, code, why))
        self._streams.lost()

    def lost(self) -> None:
        """The peer is gone."""
        self.closing = True
        self._streams.lost()

    def _begin(self, data: bytes) -> None:
        """Section 3.4: the preface, and SETTINGS first of all frames."""
        self._preface += data
        known = min(len(self._preface), len(PREFACE))
        if self._preface[:known] != PREFACE[:known]:
            raise ConnectionFailed(ErrorCode.PROTOCOL_ERROR, "not HTTP/2")
        if known == len(PREFACE):
            rest = bytes(self._preface[known:])
            self._preface.clear()
            self._receive = self._first
            self._first(rest)

    def _first(self, data: bytes) -> None:
        for number, frame in enumerate(self._reader.feed(data)):
            if number == 0 and (frame[0] != Kind.SETTINGS or frame[1] & ACK):
                raise ConnectionFailed(ErrorCode.PROTOCOL_ERROR, "SETTINGS come first")
            self._receive = self._frames
            self._frame(*frame)

    def _frames(self, data: bytes) -> None:
        for kind, flags, stream, payload in self._reader.feed(data):
            self._frame(kind, flags, stream, payload)

    def _frame(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        if self._block is not None and (kind != Kind.CONTINUATION or stream != self._block.stream):
            raise ConnectionFailed(ErrorCode.PROTOCOL_ERROR, "a header block is interrupted")
        take = self._take.get(kind)  # type: ignore[call-overload]
        if take is None:
            self._idle.spend()
            return
        try:
            take(flags, stream, payload)
        except StreamFailed as error:
            self._streams.fail(error)

    # What each kind of frame does.

    def _data(self, flags: int, number: int, payload: bytes) -> None:
        counted = len(payload)
        if not self._window.receive(counted):
            raise ConnectionFailed(ErrorCode.FLOW_CONTROL_ERROR, "more than the connection's window")
        if due := self._window.due():
            self._outbox.put(frames.window_update(0, due))
        if not flags & END_STREAM and not counted:
            self._idle.spend()
        data = frames.unpadded(flags, payload)
        stream = self._streams.get(number)
        if stream is None:
            self._streams.late(number, "DATA")
        else:
            stream.data(data, counted=counted, last=bool(flags & END_STREAM))

    def _header_block(self, flags: int, number: int, payload: bytes) -> None:
        part = frames.unpadded(flags, payload)
        if flags & PRIORITIZED:
            self._check_priority(number, part)
            part = part[_PRIORITY_SIZE:]
        ended = bool(flags & END_STREAM)
        if flags & END_HEADERS:
            self._whole_block(number, part, ended=ended)
        elif number == 0:
            raise ConnectionFailed(ErrorCode.PROTOCOL_ERROR, "HEADERS on stream 0")
        else:
            self._block = OpenBlock(number, part, ends_stream=ended, limits=self._limits)

    def _continuation(self, flags: int, number: int, payload: bytes) -> None:
        block = self._block
        if block is None:
            raise ConnectionFailed(ErrorCode.PROTOCOL_ERROR, "CONTINUATION of nothing")
        block.add(payload)
        if flags & END_HEADERS:
            self._block = None
            self._whole_block(number, block.whole(), ended=block.ends_stream)

    def _whole_block(self, number: int, block: bytes, *, ended: bool) -> None:
        if not self._streams.begins(number):
            self._trailers(number, block, ended=ended)
            return
        self._streams.last = number
        try:
            head = self._headers.request(block)
        except MalformedRequest as error:
            raise StreamFailed(number, ErrorCode.PROTOCOL_ERROR, str(error)) from error
        except TooLarge:
            self._streams.silent(number, ended=ended).plain(_TOO_LARGE, b"too many headers\n")
        else:
            self._streams.open(number, head, ended=ended)

    def _trailers(self, number: int, block: bytes, *, ended: bool) -> None:
        stream = self._streams.get(number)
        try:
            self._headers.trailers(block)
        except (MalformedRequest, TooLarge) as error:
            if stream is not None and not stream.ended:
                raise StreamFailed(number, ErrorCode.PROTOCOL_ERROR, "malformed trailers") from error
        if stream is None:
            return
        if not (ended or stream.ended):
            raise StreamFailed(number, ErrorCode.PROTOCOL_ERROR, "trailers that do not end the stream")
        stream.end()

    def _priority(self, _: int, number: int, payload: bytes) -> None:
        self._idle.spend()
        if number == 0:
            raise ConnectionFailed(ErrorCode.PROTOCOL_ERROR, "PRIORITY on stream 0")
        if len(payload) != _PRIORITY_SIZE:
            # Section 6.3 asks for a reset, which a stream that is idle may not be sent (6.4); 5.4.1 lets it be either.
            raise ConnectionFailed(ErrorCode.FRAME_SIZE_ERROR, f"PRIORITY of {len(payload)} bytes")
        self._check_priority(number, payload)

    def _check_priority(self, number: int, payload: bytes) -> None:
        """Priorities are ignored (section 5.3.2), but for what was an error in RFC 7540, section 5.3.1."""
        if len(payload) < _PRIORITY_SIZE:
            raise ConnectionFailed(ErrorCode.FRAME_SIZE_ERROR, "HEADERS too short for their priority")
        if frames.word(payload) == number:
            raise ConnectionFailed(ErrorCode.PROTOCOL_ERROR, f"stream {number} depends on itself")

    def _rst_stream(self, _: int, number: int, payload: bytes) -> None:
        if len(payload) != _WORD_SIZE:
            raise ConnectionFailed(ErrorCode.FRAME_SIZE_ERROR, f"RST_STREAM of {len(payload)} bytes")
        self._streams.reset(number)

    def _settings(self, flags: int, number: int, payload: bytes) -> None:
        if number:
            raise ConnectionFailed(ErrorCode.PROTOCOL_ERROR, f"SETTINGS on stream {number}")
        if flags & ACK:
            self._acknowledged(payload)
            return
        self._idle.spend()
        outbox = self._outbox
        before = outbox.peer.initial_window
        outbox.peer.apply(payload)
        outbox.shrink_table()
        # The acknowledgement goes first: what follows may already use what it acknowledges.
        outbox.put(_SETTINGS_ACK)
        if outbox.peer.initial_window != before:
            self._streams.widen(outbox.peer.initial_window - before)

    def _acknowledged(self, payload: bytes) -> None:
        if payload:
            raise ConnectionFailed(ErrorCode.FRAME_SIZE_ERROR, "an acknowledgement with settings")
        if self._acknowledged_once:
            self._idle.spend()
            return
        self._acknowledged_once = True
        self._headers.stand_alone()

    def _push_promise(self, _: int, __: int, ___: bytes) -> None:
        raise ConnectionFailed(ErrorCode.PROTOCOL_ERROR, "PUSH_PROMISE from a client")

    def _ping(self, flags: int, number: int, payload: bytes) -> None:
        if number:
            raise ConnectionFailed(ErrorCode.PROTOCOL_ERROR, f"PING on stream {number}")
        if len(payload) != _PING_SIZE:
            raise ConnectionFailed(ErrorCode.FRAME_SIZE_ERROR, f"PING of {len(payload)} bytes")
        self._idle.spend()
        if not flags & ACK:
            self._outbox.put(frames.frame(Kind.PING, ACK, 0, payload))
        elif self._leaving and payload == _DRAIN_PING:
            self.refuse()

    def _goaway(self, _: int, number: int, payload: bytes) -> None:
        if number:
            raise ConnectionFailed(ErrorCode.PROTOCOL_ERROR, f"GOAWAY on stream {number}")
        if len(payload) < _GOAWAY_SIZE:
            raise ConnectionFailed(ErrorCode.FRAME_SIZE_ERROR, f"GOAWAY of {len(payload)} bytes")
        self.refuse()

    def _window_update(self, _: int, number: int, payload: bytes) -> None:
        if len(payload) != _WORD_SIZE:
            raise ConnectionFailed(ErrorCode.FRAME_SIZE_ERROR, f"WINDOW_UPDATE of {len(payload)} bytes")
        increment = frames.word(payload)
        if number:
            self._streams.window_update(number, increment)
            return
        outbox = self._outbox
        if increment == 0:
            raise ConnectionFailed(ErrorCode.PROTOCOL_ERROR, "WINDOW_UPDATE of 0")
        outbox.window += increment
        if outbox.window > MAX_WINDOW:
            raise ConnectionFailed(ErrorCode.FLOW_CONTROL_ERROR, "the connection's window overflows")
        outbox.widened()
