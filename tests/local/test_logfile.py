"""What a child said last."""

from pathlib import Path

import pytest

from local.logfile import KEEP, last_words, put_aside, tail


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        ("", ""),
        ("one\ntwo\n\n", "two"),
        (
            '{"message": "the process ends", "exception": "Traceback\\n  x\\nOSError: in use"}',
            "the process ends: OSError: in use",
        ),
        ('{"message": "draining"}\n', "draining"),
        ("[1]", "[1]"),
        ('"text"', '"text"'),
    ],
)
def test_the_last_line_is_told_in_short(tmp_path: Path, log: str, expected: str) -> None:
    """A JSON log line is its message and the end of its exception."""
    file = tmp_path / "a.log"
    file.write_text(log)

    assert last_words(file) == expected


def test_the_tail_is_bounded(tmp_path: Path) -> None:
    """However long the log, a few lines are told, and only its end is read."""
    file = tmp_path / "a.log"
    file.write_text("x" * 100_000 + "\n" + "\n".join(map(str, range(100))))

    assert tail(file).splitlines() == [str(number) for number in range(100 - KEEP, 100)]


def test_no_log_is_no_error(tmp_path: Path) -> None:
    """A child that could not even start has said nothing."""
    assert tail(tmp_path / "none.log") == ""
    assert last_words(tmp_path / "none.log") == ""


def test_the_log_of_an_earlier_run_is_kept_aside(tmp_path: Path) -> None:
    """Two runs are kept, never more."""
    file = tmp_path / "a.log"
    for run in ("first", "second"):
        put_aside(file)
        file.write_text(run)
    put_aside(file)

    assert [path.name for path in tmp_path.iterdir()] == ["a.log.old"]
    assert (tmp_path / "a.log.old").read_text() == "second"
