"""gRPC's messages in the bytes of a stream: a flag, four bytes of length, and the message.

https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md: a message may be spread over any number of DATA frames,
and a frame may hold any number of messages.
"""

import struct
from collections.abc import Sequence

from ext_proc.transport.http2.status import Status

PREFIX_SIZE = 5
_PREFIX = struct.Struct(">BL")


class MessageRefused(Exception):
    """What came is no message that we take; the stream is answered with `status`."""

    def __init__(self, status: Status, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


class Messages:
    """Gathers the messages of one stream; holds at most one that is not whole, of at most `max_size` bytes."""

    __slots__ = ("_max_size", "_needed", "_rest")

    def __init__(self, max_size: int) -> None:
        self._max_size = max_size
        self._rest: bytearray | None = None
        self._needed = PREFIX_SIZE

    @property
    def held(self) -> int:
        """Bytes of a message that is not whole."""
        return len(self._rest) if self._rest is not None else 0

    @property
    def whole(self) -> bool:
        """Whether the last message has come to its end."""
        return self._rest is None

    def feed(self, data: bytes) -> Sequence[bytes]:
        """The messages that are whole now.

        Raises:
            MessageRefused: One is compressed, which we never offered, or longer than we take.
        """
        if self._rest is None and len(data) >= PREFIX_SIZE and self._length(data, 0) == len(data) - PREFIX_SIZE:
            return (data[PREFIX_SIZE:],)
        return self._gathered(data)

    def _gathered(self, data: bytes) -> Sequence[bytes]:
        rest = self._rest if self._rest is not None else bytearray()
        rest += data
        found: list[bytes] = []
        at = 0
        while len(rest) - at >= self._needed:
            if self._needed == PREFIX_SIZE and (length := self._length(rest, at)):
                self._needed += length
                continue
            found.append(bytes(rest[at + PREFIX_SIZE : at + self._needed]))
            at += self._needed
            self._needed = PREFIX_SIZE
        del rest[:at]
        self._rest = rest or None
        return found

    def _length(self, data: bytes | bytearray, at: int) -> int:
        compressed, length = _PREFIX.unpack_from(data, at)
        if compressed == 1:
            raise MessageRefused(Status.UNIMPLEMENTED, "compressed messages are not taken")
        if compressed:
            raise MessageRefused(Status.INTERNAL, f"a message with the flag {compressed}")
        if length > self._max_size:
            raise MessageRefused(Status.RESOURCE_EXHAUSTED, f"a message of {length} bytes")
        return int(length)


def prefixed(message: bytes) -> bytes:
    """A message as it is sent."""
    return _PREFIX.pack(0, len(message)) + message
