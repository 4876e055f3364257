"""Records as the feed brings them."""

from bus.records import Received


def record(offset: int, *, key: str = "k", value: bytes | None = b"{}", user: str = "alice", **more: int) -> Received:
    """A delta."""
    return Received(
        topic="t",
        partition=more.get("partition", 0),
        offset=offset,
        timestamp=more.get("timestamp", offset),
        key=key.encode(),
        value=value,
        headers=(("ce_type", b"rag.answer.delta.v1"), ("user-id", user.encode())),
    )
