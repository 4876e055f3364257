"""What is settled is known by a bit a record."""

from dataclasses import replace

from bus.records import Received
from schemas.dead_letters import Settled, encode_settled
from schemas.envelope import Caller, Envelope
from schemas.signature import Signer
from workers.letters.settled import SettledLetters
from workers.topics import DEAD_LETTERS

SIGNER = Signer("k" * 32)


def note(*, offset: int, at: int = 90, partition: int = 0, body: bytes | None = None) -> Received:
    """A record at `at` that settles what lies at `offset`."""
    body = body or encode_settled(Settled(partition=partition, offset=offset, how="dropped"))
    caller = Caller(user_id="operator", tier="operator")
    envelope = Envelope(id="1", source="/test", type=Settled.type, time=0, caller=caller)
    headers = envelope.headers(topic=DEAD_LETTERS, key=b"k", body=body, signer=SIGNER)
    return Received(topic=DEAD_LETTERS, partition=0, offset=at, timestamp=0, key=b"k", value=body, headers=headers)


def settled() -> SettledLetters:
    """Of a partition that holds the records from 10 to 99."""
    return SettledLetters(partition=0, start=10, end=100, signer=SIGNER)


def test_exactly_what_was_settled_is() -> None:
    """At both ends of what the partition holds too."""
    letters = settled()
    for offset in (10, 17, 18, 42, 99):
        letters.learn(note(offset=offset, at=100))
    assert [offset for offset in range(5, 120) if offset in letters] == [10, 17, 18, 42, 99]


def test_what_cannot_be_meant_settles_nothing() -> None:
    """Another partition, what is gone, what comes later; a body that is none, a signature that does not fit."""
    letters = settled()
    for record in (
        note(offset=42, partition=1),
        note(offset=9),
        note(offset=91, at=90),
        note(offset=42, body=b"{"),
        note(offset=42, body=b"[]"),
        note(offset=42, body=b'{"partition":0,"offset":42,"how":"eaten"}'),
        replace(note(offset=42), value=encode_settled(Settled(partition=0, offset=43, how="dropped"))),
        replace(note(offset=42), headers=()),
    ):
        letters.learn(record)
    assert [offset for offset in range(120) if offset in letters] == []
