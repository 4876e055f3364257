"""What is kept of a load, across cuts and kills."""

from pathlib import Path

import pytest

from demo.load.errors import JournalBusy
from demo.load.journal import SECONDS, Journal
from tests.demo.load.conftest import chunk


def heard(journal: Journal, *numbers: int, taken: bool = True, of: int = 3) -> None:
    for number in numbers:
        journal.heard(chunk(number, of=of), taken=taken)


def wanted(file: Path, *, fingerprint: str = "f", of: int = 3) -> list[int]:
    """What the next loader would send."""
    with Journal(file) as journal:
        standing = journal.standing("doc", fingerprint=fingerprint)
        return [] if standing.is_in else [number for number in range(of) if standing.wants(number)]


def filled(file: Path, *numbers: int, taken: bool = True) -> None:
    with Journal(file) as journal:
        journal.standing("doc", fingerprint="f")
        heard(journal, *numbers, taken=taken)


def test_what_is_in_is_not_wanted(tmp_path: Path) -> None:
    """In part, or whole."""
    file = tmp_path / "folder" / "journal.jsonl"
    assert wanted(file) == [0, 1, 2]
    filled(file, 0, 1)
    assert wanted(file) == [2]
    filled(file, 2)
    assert wanted(file) == []


def test_another_content_is_sent_from_the_start(tmp_path: Path) -> None:
    """A file that has changed has other chunks."""
    filled(tmp_path / "j", 0, 1, 2)
    assert wanted(tmp_path / "j", fingerprint="g") == [0, 1, 2]


def test_what_was_refused_is_tried_again(tmp_path: Path) -> None:
    """Until it is taken: what was wrong may have been mended at the other side."""
    file = tmp_path / "j"
    filled(file, 0, 2)
    filled(file, 1, taken=False)
    assert wanted(file) == [1]
    filled(file, 1)
    assert wanted(file) == []


def test_a_kill_loses_no_more_than_was_not_written(tmp_path: Path) -> None:
    """The file is read as it lies there, with a torn last line."""
    now = [0.0]
    journal = Journal(tmp_path / "j", now=lambda: now[0])
    with journal:
        journal.standing("doc", fingerprint="f")
        heard(journal, 0)
        journal.note()
        now[0] += SECONDS / 2
        heard(journal, 1)
        journal.note()
        killed = tmp_path / "killed"
        killed.write_bytes((tmp_path / "j").read_bytes() + b'["doc","f",')
    assert wanted(killed) == [1, 2]


@pytest.mark.parametrize("content", [b"\xff\n", b"{}\n", b'["doc",1]\n', b'["doc","f","x",[],true]\n'])
def test_a_journal_of_something_else_is_none(tmp_path: Path, content: bytes) -> None:
    """Doubt means send: it does no harm."""
    (tmp_path / "j").write_bytes(content)
    assert wanted(tmp_path / "j") == [0, 1, 2]


def test_what_is_to_be_sent_again_is(tmp_path: Path) -> None:
    """Whatever was known of it."""
    filled(tmp_path / "j", 0, 1, 2)
    with Journal(tmp_path / "j") as journal:
        journal.begin_again("doc")
        assert journal.standing("doc", fingerprint="f").wants(0)


def test_two_loaders_do_not_share_one(tmp_path: Path) -> None:
    """The second is told so, and the first goes on."""
    with Journal(tmp_path / "j"):
        with pytest.raises(JournalBusy, match="another loader"), Journal(tmp_path / "j"):
            pass
        with pytest.raises(JournalBusy), Journal(tmp_path / "j"):
            pass
    assert wanted(tmp_path / "j") == [0, 1, 2]


def test_it_does_not_grow_with_runs(tmp_path: Path) -> None:
    """Each start leaves one line a document."""
    for number in range(3):
        filled(tmp_path / "j", number)
    wanted(tmp_path / "j")
    assert (tmp_path / "j").read_bytes() == b'["doc","f",3,[],true]\n'
