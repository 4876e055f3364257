"""Server-Sent Events as bytes (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

import re

from ext_proc.results.format.event_id import EventId

PING = b": ping\n\n"
HEADERS = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
}

_LINE_END = re.compile(rb"\r\n|\r|\n")
_UNSAFE = re.compile(r"[\r\n\0]")


def frame(*, id: EventId, event: str, data: bytes) -> bytes:  # noqa: A002 - the field's name in the format
    """One event.

    Data of several lines becomes several `data` fields, which the client joins again; nothing in `event` or `data`
    can end the event early or start another field.
    """
    name = f"event: {_UNSAFE.sub('', event)}\n" if event else ""
    if b"\n" in data or b"\r" in data:
        data = _LINE_END.sub(b"\ndata: ", data)
    return b"%sid: %s\ndata: %s\n\n" % (name.encode(), str(id).encode(), data)


def retry(seconds: float) -> bytes:
    """How long the client is to wait before it comes back."""
    return b"retry: %d\n\n" % round(seconds * 1000)
