"""SETTINGS (RFC 9113, section 6.5): ours, which are constant, and the peer's, which are in force once read."""

import struct
from dataclasses import dataclass

from ext_proc.transport.http2.errors import ConnectionFailed, ErrorCode
from ext_proc.transport.http2.limits import Limits
from ext_proc.transport.http2.windows import DEFAULT_WINDOW, MAX_WINDOW

HEADER_TABLE_SIZE = 0x1
ENABLE_PUSH = 0x2
MAX_CONCURRENT_STREAMS = 0x3
INITIAL_WINDOW_SIZE = 0x4
MAX_FRAME_SIZE = 0x5
MAX_HEADER_LIST_SIZE = 0x6

DEFAULT_FRAME_SIZE = 2**14
DEFAULT_TABLE_SIZE = 4096
_LARGEST_FRAME_SIZE = 2**24 - 1

_ITEM = struct.Struct(">HL")


def ours(limits: Limits) -> bytes:
    """The payload that says what we allow. The table of size 0 is what lets each header block stand alone."""
    return b"".join(
        _ITEM.pack(name, value)
        for name, value in (
            (HEADER_TABLE_SIZE, 0),
            (MAX_CONCURRENT_STREAMS, limits.streams),
            (INITIAL_WINDOW_SIZE, limits.stream_window),
            (MAX_FRAME_SIZE, limits.frame),
            (MAX_HEADER_LIST_SIZE, limits.header_list),
        )
    )


@dataclass(slots=True)
class PeerSettings:
    """What the peer allows us."""

    initial_window: int = DEFAULT_WINDOW
    max_frame: int = DEFAULT_FRAME_SIZE
    table_size: int = DEFAULT_TABLE_SIZE

    def apply(self, payload: bytes) -> None:
        """Takes over what a SETTINGS frame says, in its order; what is unknown is passed over (section 6.5.2).

        Raises:
            ConnectionFailed: A value is out of its range, or the payload is not a list of settings.
        """
        if len(payload) % _ITEM.size:
            raise ConnectionFailed(ErrorCode.FRAME_SIZE_ERROR, f"SETTINGS of {len(payload)} bytes")
        for name, value in _ITEM.iter_unpack(payload):
            self._set(name, value)

    def _set(self, name: int, value: int) -> None:
        if name == INITIAL_WINDOW_SIZE:
            if value > MAX_WINDOW:
                raise ConnectionFailed(ErrorCode.FLOW_CONTROL_ERROR, f"SETTINGS_INITIAL_WINDOW_SIZE {value}")
            self.initial_window = value
        elif name == MAX_FRAME_SIZE:
            if not DEFAULT_FRAME_SIZE <= value <= _LARGEST_FRAME_SIZE:
                raise ConnectionFailed(ErrorCode.PROTOCOL_ERROR, f"SETTINGS_MAX_FRAME_SIZE {value}")
            self.max_frame = value
        elif name == HEADER_TABLE_SIZE:
            self.table_size = value
        elif name == ENABLE_PUSH and value > 1:
            raise ConnectionFailed(ErrorCode.PROTOCOL_ERROR, f"SETTINGS_ENABLE_PUSH {value}")
