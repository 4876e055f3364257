"""Server-sent events, as bytes."""

PING = b": ping\n\n"


def event(name: str, data: bytes) -> bytes:
    """One event; `data` is one line."""
    return b"event: " + name.encode() + b"\ndata: " + data + b"\n\n"
