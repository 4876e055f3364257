"""Which queries a worker takes for cancelled."""

from bus.records import Received
from runtime.metrics import Registry, WorkerMetrics
from schemas.envelope import Caller, Envelope
from schemas.signature import Signer
from workers.cancels import AHEAD_MS, LIMIT, Asked, Cancels, asked
from workers.topics import CANCELS

SIGNER = Signer("k" * 32)
QUERY = Asked(key=b"q", user_id="alice", at=100_000)


def cancel(key: str = "q", *, user: str = "alice", at: int = 100_001, signer: Signer = SIGNER) -> Received:
    """A record as the gateway writes it, or as somebody else does."""
    envelope = Envelope(
        id="1", source="/test", type="rag.query.cancelled.v1", time=0, caller=Caller(user_id=user, tier="free")
    )
    headers = envelope.headers(topic=CANCELS, key=key.encode(), body=b"{}", signer=signer)
    return Received(topic=CANCELS, partition=0, offset=0, timestamp=at, key=key.encode(), value=b"{}", headers=headers)


def cancels(*known: Received) -> tuple[Cancels, Registry]:
    """What a worker knows that has read these."""
    registry = Registry()
    made = Cancels(stage="generator", signer=SIGNER, metrics=WorkerMetrics(registry))
    for record in known:
        made.learn(record)
    return made, registry


def test_a_query_is_cancelled_by_its_owner() -> None:
    """By key and owner, and by nothing else."""
    known, _ = cancels(cancel())
    assert known.counts(QUERY)
    assert not known.counts(Asked(key=b"q", user_id="bob", at=QUERY.at))
    assert not known.counts(Asked(key=b"p", user_id="alice", at=QUERY.at))


def test_a_query_is_what_its_record_says() -> None:
    """Key and owner are in every record that follows from it."""
    assert asked(cancel(), at=QUERY.at) == QUERY


def test_a_cancel_counts_for_what_was_asked_before_it() -> None:
    """As the clocks of two machines can tell; the newest cancel of a query counts, in whatever order they come."""
    known, _ = cancels(cancel(at=50_000), cancel(at=40_000))
    assert known.counts(Asked(key=b"q", user_id="alice", at=50_000 + AHEAD_MS))
    assert not known.counts(Asked(key=b"q", user_id="alice", at=50_001 + AHEAD_MS))


def test_what_sluice_did_not_write_cancels_nothing() -> None:
    """It is counted."""
    known, registry = cancels(cancel(signer=Signer("x" * 32)))
    assert not known.counts(QUERY)
    assert 'worker_skipped_total{reason="untrusted",stage="generator"} 1.0' in registry.page().decode()


def test_who_listens_is_called() -> None:
    """When the cancel comes, and at once where it has come; not for another query, and not once they have left."""
    known, _ = cancels()
    calls: list[str] = []
    other = Asked(key=b"q", user_id="alice", at=200_000)
    with known.telling(QUERY, lambda: calls.append("first")), known.telling(other, lambda: calls.append("other")):
        known.learn(cancel())
        assert calls == ["first"]
    with known.telling(QUERY, lambda: calls.append("second")):
        assert calls == ["first", "second"]
    known.learn(cancel(at=100_002))
    assert calls == ["first", "second"]


def test_memory_is_bounded() -> None:
    """Of more than so many the first is forgotten."""
    known, _ = cancels(*(cancel(f"q{number}") for number in range(LIMIT + 1)))
    assert not known.counts(Asked(key=b"q0", user_id="alice", at=0))
    assert known.counts(Asked(key=b"q1", user_id="alice", at=0))


def test_a_cancel_names_records_of_its_owner_whenever_they_were_asked() -> None:
    """So that most records can be told apart without a look at when that was."""
    known, _ = cancels(cancel())
    assert known.names(cancel(at=10**12))
    assert not known.names(cancel(user="bob"))
    assert not known.names(cancel("p"))


def test_each_cancel_is_told_of() -> None:
    """By its key; not what Sluice did not write."""
    known, _ = cancels(cancel("before"))
    heard: list[bytes] = []
    known.told_to(heard.append)
    known.learn(cancel("q"))
    known.learn(cancel("forged", signer=Signer("x" * 32)))
    assert heard == [b"q"]
