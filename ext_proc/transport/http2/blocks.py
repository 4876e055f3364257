"""A header block in the making: HEADERS and the CONTINUATION frames after it (RFC 9113, section 4.3)."""

from ext_proc.transport.http2.errors import ConnectionFailed, ErrorCode
from ext_proc.transport.http2.limits import Limits


class OpenBlock:
    """One stream's block, bounded in bytes and in frames: a flood of small or empty ones ends too."""

    __slots__ = ("_limits", "_parts", "_size", "ends_stream", "stream")

    def __init__(self, stream: int, part: bytes, *, ends_stream: bool, limits: Limits) -> None:
        self.stream = stream
        self.ends_stream = ends_stream
        self._limits = limits
        self._parts = [part]
        self._size = len(part)

    def add(self, part: bytes) -> None:
        """The next frame's part.

        Raises:
            ConnectionFailed: There is too much of it. Without reading it all, no later block could be read.
        """
        self._parts.append(part)
        self._size += len(part)
        if self._size > self._limits.header_block or len(self._parts) > self._limits.header_frames:
            raise ConnectionFailed(ErrorCode.ENHANCE_YOUR_CALM, "a header block without end")

    def whole(self) -> bytes:
        """All of it."""
        return b"".join(self._parts)
