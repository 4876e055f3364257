"""What a peer may ask of us. Past a limit something is refused; nothing grows without end."""

from dataclasses import dataclass

_KIB, _MIB = 1024, 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of each connection, but for `room`.

    Attributes:
        streams: Open at once; past it a stream is refused (REFUSED_STREAM), and nothing of it was done.
        frame: Bytes of a frame's payload; past it the connection ends (FRAME_SIZE_ERROR).
        header_block: Bytes of a header block, over all its frames; past it the connection ends (ENHANCE_YOUR_CALM).
        header_frames: Frames of a header block; past it the same, for an empty frame has no bytes to be counted.
        header_list: Bytes of the headers unpacked, as RFC 9113 counts them (section 10.5.1); past it 431.
        message: Bytes of a gRPC message; past it RESOURCE_EXHAUSTED.
        room: Bytes of all that is held for the streams of a server; past it RESOURCE_EXHAUSTED for the one that asks.
        stream_window: Bytes that a stream may send ahead of what was taken from it; past it FLOW_CONTROL_ERROR.
        connection_window: Bytes of all streams in one go; given back as they are read.
        resets: Streams that may be reset in a burst before they were answered; past it the connection ends.
        resets_a_second: How many of those are forgiven in a second.
        idle_frames: Frames in a burst that are legal and bring nothing; past it the connection ends.
        idle_frames_a_second: How many of those are forgiven in a second.
    """

    streams: int = 8192
    frame: int = 16 * _KIB
    header_block: int = 64 * _KIB
    header_frames: int = 128
    header_list: int = 64 * _KIB
    message: int = 64 * _MIB
    room: int = 256 * _MIB
    stream_window: int = 256 * _KIB
    connection_window: int = 16 * _MIB
    resets: int = 16384
    resets_a_second: float = 8192.0
    idle_frames: int = 10_000
    idle_frames_a_second: float = 1000.0
