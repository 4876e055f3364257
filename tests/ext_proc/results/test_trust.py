"""Who can write to Kafka, and has not the key, cannot answer in Sluice's name."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bus.records import Received, Record
from ext_proc.results.trust import anybody, signed_by
from schemas.envelope import Caller, Envelope
from schemas.events import event_type
from schemas.signature import Signer
from tests.ext_proc.results.desk import Open
from tests.ext_proc.results.records import record

SIGNER = Signer("r" * 32)


def signed(name: str, *, topic: str = "t", key: bytes = b"k", body: bytes = b"{}") -> Record:
    """An event as the generator writes it."""
    envelope = Envelope(
        id="1", source="/test", type=event_type(name), time=0, caller=Caller(user_id="alice", tier="free")
    )
    headers = envelope.headers(topic=topic, key=key, body=body, signer=SIGNER)
    return Record(topic=topic, key=key, value=body, headers=headers)


def arrived(sent: Record) -> Received:
    """The same, as it is read."""
    return Received(
        topic=sent.topic, partition=0, offset=0, timestamp=0, key=sent.key, value=sent.value, headers=sent.headers
    )


def test_what_sluice_wrote_is_trusted() -> None:
    """Also where it has no value."""
    trusts = signed_by(SIGNER)
    ours = arrived(signed("delta", body=b""))
    assert trusts(ours)
    assert trusts(replace(ours, value=None))


@pytest.mark.parametrize(
    "change",
    [
        lambda ours: replace(ours, headers=()),
        lambda ours: replace(ours, key=None),
        lambda ours: replace(ours, key=b"other"),
        lambda ours: replace(ours, topic="other"),
        lambda ours: replace(ours, value=b"forged"),
        lambda ours: replace(ours, headers=(*ours.headers, ("user-id", b"mallory"))),
        lambda ours: replace(ours, headers=(*ours.headers, ("ce_type", b"rag.answer.done.v1"))),
        lambda ours: replace(ours, headers=tuple((n, b"\xff") for n, _ in ours.headers)),
    ],
)
def test_what_was_changed_is_not(change: Callable[[Received], Received]) -> None:
    """Any part that counts, or a header that is there twice."""
    assert not signed_by(SIGNER)(change(arrived(signed("delta"))))


def test_a_private_topic_needs_no_signatures() -> None:
    """Where that is decided, everything is shown."""
    assert anybody(record(0))


@pytest.mark.parametrize("history", [2**26, 1])
async def test_what_somebody_else_wrote_is_never_shown(open_: Open, history: int) -> None:
    """Neither out of memory nor out of Kafka, neither as an event nor as the proof that a key exists."""
    async with open_(trust=signed_by(SIGNER), history_bytes=history) as desk:
        forged = await desk.put("done", {"answer": "forged"})
        await desk.producer.put(signed("delta", topic=desk.topic))
        await desk.put("delta", {"text": "forged"})
        await desk.producer.put(signed("done", topic=desk.topic))
        async with await desk.get() as client:
            events = await client.rest()
        assert [event.name for event in events] == ["queued", "delta", "done"]
        assert b"forged" not in b"".join(event.data.encode() for event in events)
        async with await desk.get(last=f"v1.{forged.partition}.{forged.offset}") as client:
            assert [event.name for event in await client.rest()] == ["delta", "done"]
