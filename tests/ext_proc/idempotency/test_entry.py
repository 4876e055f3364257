"""What the records of one key come to: whoever has read the same says the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from ext_proc.idempotency.entry import Entry, Terms, after
from schemas.idempotency import Claimed, Fulfilled, Marked, Origin, Released, Said, Written

TERMS = Terms(kept=1000, lease=15)


@dataclass(frozen=True, slots=True)
class At:
    """A record and its timestamp."""

    time: int
    said: Said


def origin(payload: str = "p", unique: str = "u") -> Origin:
    """What a request is by itself."""
    return Origin(fingerprint=payload.encode(), unique=unique.encode(), received_at=ord(unique))


def claimed(holder: str, payload: str = "p") -> Claimed:
    """A claim of a request, whose origin is its own."""
    return Claimed(holder=holder.encode(), origin=origin(payload, holder))


def fulfilled(holder: str, payload: str = "p", offset: int = 7) -> Fulfilled:
    """It has written a record."""
    written = Written(topic="t", partition=0, offset=offset, timestamp=0)
    return Fulfilled(holder=holder.encode(), origin=origin(payload, holder), written=written)


def released(holder: str) -> Released:
    """It has given up."""
    return Released(holder=holder.encode())


def marked(holder: str, start: int, lines: int, *, ends: bool = False) -> Marked:
    """So much of many records is settled."""
    return Marked(holder=holder.encode(), start=start, lines=lines, digest=bytes([lines]), places="", ends=ends)


def read(log: Sequence[At]) -> Entry | None:
    """What a whole log comes to."""
    entry: Entry | None = None
    for record in log:
        entry = after(entry, record.said, at=record.time, terms=TERMS)
    return entry


def holder(*log: tuple[int, Said]) -> str:
    """Whose claim stands."""
    entry = read([At(*record) for record in log])
    assert entry is not None
    return entry.holder.decode()


def test_the_first_claim_stands() -> None:
    """For as long as its lease."""
    assert holder((0, claimed("a")), (1, claimed("b"))) == "a"
    assert holder((0, claimed("a")), (14, claimed("b"))) == "a"


def test_a_lease_that_has_run_out_is_taken_over_by_the_same_request() -> None:
    """By nobody else: what the dead one did is not known."""
    assert holder((0, claimed("a")), (15, claimed("b"))) == "b"
    assert holder((0, claimed("a")), (500, claimed("b", "other"))) == "a"


def test_a_successor_is_what_the_first_one_was() -> None:
    """So that both issue the same."""
    entry = read([At(0, claimed("a")), At(15, claimed("b"))])
    assert entry is not None
    assert entry.origin == origin("p", "a")


def test_what_is_released_is_free_for_all() -> None:
    """For another payload too, which then begins anew."""
    assert holder((0, claimed("a")), (1, released("a")), (2, claimed("b"))) == "b"
    entry = read([At(0, claimed("a")), At(1, released("a")), At(2, claimed("b", "other"))])
    assert entry is not None
    assert entry.origin == origin("other", "b")


def test_nobody_releases_what_is_not_theirs() -> None:
    """Nor what is fulfilled."""
    assert holder((0, claimed("a")), (1, released("b")), (2, claimed("b"))) == "a"
    assert holder((0, claimed("a")), (1, fulfilled("a")), (2, released("a")), (3, claimed("b"))) == "a"


def test_one_that_was_taken_for_dead_may_come_first() -> None:
    """Its record is as good, and there is one answer."""
    log = [
        At(0, claimed("a")),
        At(20, claimed("b")),
        At(21, fulfilled("a", offset=1)),
        At(22, fulfilled("b", offset=2)),
    ]
    entry = read(log)
    assert entry is not None
    assert entry.written is not None
    assert entry.written.offset == 1


def test_a_fulfilment_is_enough_by_itself() -> None:
    """A process that starts when the claim is no longer kept still knows the answer."""
    assert read([At(0, fulfilled("a"))]) == read([At(0, claimed("a")), At(0, fulfilled("a"))])


def test_a_key_is_forgotten_in_time() -> None:
    """By the time of the records."""
    assert holder((0, claimed("a")), (5, fulfilled("a")), (1004, claimed("b"))) == "a"
    assert holder((0, claimed("a")), (5, fulfilled("a")), (1005, claimed("b"))) == "b"


def test_a_mark_renews_the_lease() -> None:
    """Also one that has come no further."""
    assert holder((0, claimed("a")), (14, marked("a", 0, 2)), (28, marked("a", 2, 2)), (42, claimed("b"))) == "a"
    assert holder((0, claimed("a")), (14, marked("a", 0, 2)), (29, claimed("b"))) == "b"


def test_only_the_holders_next_step_counts() -> None:
    """Neither a mark of somebody who was taken for dead, nor one behind a mark that was lost."""
    log = [At(0, claimed("a")), At(1, marked("a", 0, 2)), At(16, claimed("b"))]
    before = read(log)
    assert read([*log, At(17, marked("a", 2, 4))]) == before
    assert read([*log, At(17, marked("b", 3, 5))]) == before
    after_it = read([*log, At(17, marked("b", 2, 5))])
    assert after_it is not None
    assert after_it.progress is not None
    assert (after_it.progress.lines, after_it.progress.digest) == (5, bytes([5]))


def test_what_has_a_mark_belongs_to_its_request() -> None:
    """It can be gone on with once it has ended, by the same request alone."""
    over: list[tuple[int, Said]] = [(0, claimed("a")), (1, marked("a", 0, 2, ends=True))]
    assert holder(*over, (2, claimed("b", "other"))) == "a"
    assert holder(*over, (2, claimed("b"))) == "b"
    entry = read([At(*each) for each in (*over, (2, claimed("b")))])
    assert entry is not None
    assert entry.progress is not None
    assert (entry.progress.lines, entry.released, entry.origin) == (2, False, origin("p", "a"))


SAID = st.one_of(
    st.builds(claimed, st.sampled_from("abc"), st.sampled_from("pq")),
    st.builds(fulfilled, st.sampled_from("abc"), st.sampled_from("pq"), st.integers(0, 9)),
    st.builds(released, st.sampled_from("abc")),
    st.builds(
        lambda who, start, more, ends: marked(who, start, start + more, ends=ends),
        st.sampled_from("abc"),
        st.integers(0, 2),
        st.integers(0, 2),
        st.booleans(),
    ),
)
LOGS = st.lists(st.builds(At, st.integers(0, 60), SAID), max_size=12).map(
    lambda log: sorted(log, key=lambda record: record.time)
)


@given(LOGS)
def test_the_answer_never_changes(log: list[At]) -> None:
    """Once there is one it is the answer, whatever else is written while it is kept."""
    entry: Entry | None = None
    for record in log:
        following = after(entry, record.said, at=record.time, terms=TERMS)
        if entry is not None and entry.written is not None:
            assert following == entry
        entry = following


@given(LOGS)
def test_a_holder_loses_its_claim_by_its_own_word_or_by_time_alone(log: list[At]) -> None:
    """Two never hold a key within one lease."""
    entry: Entry | None = None
    for record in log:
        following = after(entry, record.said, at=record.time, terms=TERMS)
        if entry is not None and following is not None and following.holder != entry.holder:
            answered = following.written is not None
            assert answered or entry.released or record.time >= entry.since + TERMS.lease
        entry = following


@given(LOGS)
def test_one_payload_keeps_one_origin_until_an_answer(log: list[At]) -> None:
    """Whoever takes over without an answer issues what the first one did."""
    entry: Entry | None = None
    for record in log:
        following = after(entry, record.said, at=record.time, terms=TERMS)
        if entry is not None and following is not None and following.written is None:
            same = following.origin.fingerprint == entry.origin.fingerprint
            assert following.origin == entry.origin if same else entry.released
        entry = following
