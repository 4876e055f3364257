"""The note beside an offset names what is finished behind it, or less; never more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.note import LONGEST, decode, encode

BASES = st.integers(0, 2**60)


@given(BASES, st.sets(st.integers(1, 5000)))
def test_what_is_noted_is_read(base: int, steps: set[int]) -> None:
    """Some thousand records always fit."""
    finished = {base + step for step in steps}
    note = encode(finished, base=base, serial="7")

    assert decode(note, base=base) == finished
    assert len(note) <= LONGEST


def test_a_note_never_outgrows_its_room() -> None:
    """What lies too far ahead, in too much disorder, is left out: that is handled again."""
    finished = {at * at % 400_000 for at in range(1, 60_000)}
    note = encode(finished, base=0)
    read = decode(note, base=0)

    assert len(note) <= LONGEST
    assert read < finished
    assert read >= {offset for offset in finished if offset < 8000}


def test_a_commit_can_be_told_from_another() -> None:
    """Also where both name the same records."""
    assert encode((), base=5, serial="1") != encode((), base=5, serial="2")
    assert decode(encode((), base=5, serial="2"), base=5) == frozenset()


@pytest.mark.parametrize(
    "note", ["", "kafka-ui", "1", "1..", "1.3.!!!", "1.3.AAAA", "2.3.eJwTAAAA", "1.3.eJw", "1.3.ü"]
)
def test_a_foreign_note_names_nothing(note: str) -> None:
    """An operator's tool commits what it likes; then all is looked at again."""
    assert decode(note, base=0) == frozenset()
