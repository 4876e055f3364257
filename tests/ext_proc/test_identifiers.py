"""Ids prove their owner."""

from hypothesis import given
from hypothesis import strategies as st

from ext_proc.identifiers import Identifiers

IDS = Identifiers("k" * 32)
SUBJECTS = st.text(min_size=1, max_size=50)
RANDOM = st.binary(min_size=10, max_size=10)


@given(SUBJECTS, RANDOM, st.integers(0, 2**48 - 1))
def test_an_issued_id_is_a_uuid7_of_its_owner(subject: str, random: bytes, now: int) -> None:
    """It resolves to itself for its owner, carries its time, and fits what clients may send."""
    issued = IDS.issue(subject=subject, now_ms=now, random=random)
    assert IDS.resolve(issued.value, subject=subject) == issued
    assert issued.value[12] == "7"
    assert issued.value[16] in "89ab"
    assert len(issued.value) <= 64
    assert issued.issued_at == now


@given(SUBJECTS, SUBJECTS, RANDOM)
def test_an_issued_id_is_nobody_elses(owner: str, other: str, random: bytes) -> None:
    """It resolves for no other subject."""
    issued = IDS.issue(subject=owner, now_ms=1, random=random)
    assert (IDS.resolve(issued.value, subject=other) is None) == (owner != other)


@given(RANDOM, st.integers(0, 48), st.sampled_from("0123456789abcdefABCDEF_-"))
def test_an_altered_id_is_not_an_id(random: bytes, place: int, letter: str) -> None:
    """Whatever letter is changed, the tag no longer fits, or the form is no longer that of an issued id."""
    issued = IDS.issue(subject="alice", now_ms=1, random=random)
    altered = issued.value[:place] + letter + issued.value[place + 1 :]
    found = IDS.resolve(altered, subject="alice")
    assert altered == issued.value or found is None or found.key != issued.key


@given(SUBJECTS, SUBJECTS, st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True))
def test_chosen_ids_never_meet(one: str, other: str, chosen: str) -> None:
    """The same chosen id has the same key for one subject and different keys for two."""
    mine, theirs = IDS.resolve(chosen, subject=one), IDS.resolve(chosen, subject=other)
    assert mine is None or theirs is None or (mine.key == theirs.key) == (one == other)


def test_another_key_knows_none_of_them() -> None:
    """Ids of one deployment mean nothing to another."""
    issued = IDS.issue(subject="alice", now_ms=1, random=b"0123456789")
    assert Identifiers("other" * 8).resolve(issued.value, subject="alice") is None


def test_the_key_is_never_shown() -> None:
    """Neither repr nor str of what holds the key shows it."""
    assert "k" * 8 not in repr(IDS)


def test_an_accepted_key_resolves_and_does_not_issue() -> None:
    """Unless an id is made again that it had issued."""
    old, both = Identifiers("o" * 32), Identifiers("k" * 32, "o" * 32)
    issued = old.issue(subject="alice", now_ms=1, random=b"0123456789")
    assert both.resolve(issued.value, subject="alice") == issued
    assert both.resolve(issued.value, subject="bob") is None
    assert both.issue(subject="alice", now_ms=1, random=b"0123456789") != issued
    assert both.issue(subject="alice", now_ms=1, random=b"0123456789", by=old.current) == issued


def test_names_have_a_key_of_their_own() -> None:
    """What a client chose lies where it did, also once the key that issues is another."""
    before, after = Identifiers("o" * 32), Identifiers("k" * 32, names="o" * 32)
    assert before.resolve("mine", subject="alice") == after.resolve("mine", subject="alice")
