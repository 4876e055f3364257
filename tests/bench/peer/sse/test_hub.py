"""The aiohttp peer shows a record to its owner, and to nobody else."""

from typing import Any

from bench.peer.sse.hub import MOST, Hub, Message


def message(key: bytes | None = b"k", *, offset: int = 7, **headers: bytes) -> Message:
    """A record of alice's."""
    named = {"user-id": b"alice", "ce_type": b"rag.answer.delta.v1", **headers}
    return Message(partition=2, offset=offset, key=key, value=b"{}", headers=list(named.items()))


def taken(queue: Any) -> list[bytes | None]:
    """What waits in a queue."""
    return [queue.get_nowait() for _ in range(queue.qsize())]


def test_the_owner_alone() -> None:
    """Readers of the key who own the record get it; others of the key, and of other keys, do not."""
    hub = Hub()
    with (
        hub.reading(b"k", owner=b"alice") as first,
        hub.reading(b"k", owner=b"alice") as second,
        hub.reading(b"k", owner=b"bob") as other,
        hub.reading(b"j", owner=b"alice") as elsewhere,
    ):
        hub.push(message())
        assert [b"id: 2.7\nevent: delta\ndata: {}\n\n"] == taken(first.queue) == taken(second.queue)
        assert [] == taken(other.queue) == taken(elsewhere.queue)


def test_nobody() -> None:
    """A record that nobody reads, or that has no key, is passed over."""
    hub = Hub()
    with hub.reading(b"k", owner=b"alice"):
        pass
    hub.push(message())
    hub.push(message(None))


def test_a_reader_that_is_behind() -> None:
    """Its queue is bounded, and ends with the word that ends its stream."""
    hub = Hub()
    with hub.reading(b"k", owner=b"alice") as reader:
        for number in range(MOST + 10):
            hub.push(message(offset=number))
        waiting = taken(reader.queue)
    assert (MOST + 1, None) == (len(waiting), waiting[-1])
