"""What is remembered of queries."""

from ext_proc.results.status.notes import Note, Notes


def test_the_least_used_are_dropped() -> None:
    """Past the limit the one that was neither written nor read for longest goes."""
    notes = Notes(limit=2)
    names = [("t", key, "alice") for key in ("a", "b", "c")]
    notes.set(names[0], Note(cursor=0))
    notes.set(names[1], Note(cursor=1))
    notes.get(names[0])
    notes.set(names[2], Note(cursor=2))
    assert [Note(cursor=0), None, Note(cursor=2)] == [notes.get(name) for name in names]


def test_the_newest_counts() -> None:
    """A note takes the place of the one before, and takes no more room."""
    notes = Notes(limit=2)
    for cursor in range(5):
        notes.set(("t", "k", "alice"), Note(cursor=cursor))
    assert notes.get(("t", "k", "alice")) == Note(cursor=4)
