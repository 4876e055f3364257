"""What a peer can do wrong (RFC 9113, sections 5.4 and 7).

```
Http2Error
├── ConnectionFailed   the connection cannot go on: GOAWAY with `code`, and it is closed
└── StreamFailed       one stream cannot: RST_STREAM with `code`, and the others never notice
```
"""

from enum import IntEnum


class ErrorCode(IntEnum):
    """RFC 9113, section 7."""

    NO_ERROR = 0x0
    PROTOCOL_ERROR = 0x1
    INTERNAL_ERROR = 0x2
    FLOW_CONTROL_ERROR = 0x3
    SETTINGS_TIMEOUT = 0x4
    STREAM_CLOSED = 0x5
    FRAME_SIZE_ERROR = 0x6
    REFUSED_STREAM = 0x7
    CANCEL = 0x8
    COMPRESSION_ERROR = 0x9
    CONNECT_ERROR = 0xA
    ENHANCE_YOUR_CALM = 0xB
    INADEQUATE_SECURITY = 0xC
    HTTP_1_1_REQUIRED = 0xD


class Http2Error(Exception):
    """The root."""

    def __init__(self, code: ErrorCode, why: str) -> None:
        super().__init__(f"{code.name}: {why}")
        self.code = code
        self.why = why


class ConnectionFailed(Http2Error):
    """The state that both sides share is in doubt (section 5.4.1)."""


class StreamFailed(Http2Error):
    """Only this stream is in doubt (section 5.4.2)."""

    def __init__(self, stream: int, code: ErrorCode, why: str) -> None:
        super().__init__(code, why)
        self.stream = stream
