"""Which files are loaded."""

import os
from pathlib import Path

import pytest

from demo.load.errors import FileUnfit, LoadError, NothingToLoad, SameId
from demo.load.files import LARGEST, find, read


def put(folder: Path, *names: str, content: bytes = b"text") -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def test_a_folder_stands_for_what_is_in_it(tmp_path: Path) -> None:
    """Text and Markdown at any depth, in order; nothing hidden."""
    put(tmp_path, "b.txt", "a/x.md", "a/Y.MARKDOWN", "picture.png", ".hidden.md", ".git/z.md")
    found = find([tmp_path], prefix="wiki/")

    assert [source.doc_id for source in found] == ["wiki/b.txt", "wiki/a/Y.MARKDOWN", "wiki/a/x.md"]
    assert [source.is_markdown for source in found] == [False, True, True]


def test_a_file_that_is_named_may_end_in_anything(tmp_path: Path) -> None:
    """And is loaded once, however often it is named."""
    put(tmp_path, "NOTES", "a.md")
    found = find([tmp_path / "NOTES", tmp_path / "a.md", tmp_path])

    assert [source.doc_id for source in found] == ["NOTES", "a.md"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"a\0b", "is not text: it holds NUL bytes"),
        (b"caf\xe9", "is not UTF-8: byte 3 is 0xe9"),
        (b"x" * (LARGEST + 1), f"has {LARGEST + 1} bytes; at most {LARGEST} are loaded from one file"),
    ],
    ids=["binary", "Latin-1", "large"],
)
def test_a_file_that_is_no_text_is_named(tmp_path: Path, content: bytes, reason: str) -> None:
    """With what is wrong with it, before anything is sent."""
    put(tmp_path, "good.md")
    put(tmp_path, "odd.md", content=content)
    with pytest.raises(FileUnfit) as raised:
        find([tmp_path])
    assert str(raised.value) == f"{tmp_path / 'odd.md'} {reason}"


@pytest.mark.parametrize("name", ["a#b.md", "a\nb.md", "\udcff.md", "x/" * 300 + "a.md"], ids=repr)
def test_a_name_that_is_no_id_is_refused(tmp_path: Path, name: str) -> None:
    """Here, and not for each of its chunks by the gateway."""
    put(tmp_path, "a.md")
    with pytest.raises(FileUnfit, match="gives no id"):
        find([tmp_path / "a.md"], prefix=name)


def test_what_is_missing_or_no_file_is_named(tmp_path: Path) -> None:
    """In one line."""
    os.mkfifo(tmp_path / "pipe")
    for name, reason in (("gone", "is not there"), ("pipe", "is neither a file nor a folder")):
        with pytest.raises(FileUnfit, match=f"{name} {reason}"):
            find([tmp_path / name])


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    """A file that has gone since it was found."""
    with pytest.raises(FileUnfit, match=r"gone\.md cannot be read: No such file"):
        read(tmp_path / "gone.md")


def test_no_file_at_all(tmp_path: Path) -> None:
    """It is said what would have been loaded."""
    put(tmp_path, "picture.png")
    with pytest.raises(NothingToLoad, match=r"\.md, \.markdown, \.txt"):
        find([tmp_path])


def test_two_files_are_not_one_document(tmp_path: Path) -> None:
    """One would be lost in the other."""
    put(tmp_path, "a/x.md", "b/x.md")
    with pytest.raises(SameId, match=r"would both be the document x\.md"):
        find([tmp_path / "a", tmp_path / "b"])
    assert issubclass(SameId, LoadError)


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    """Or a first heading would be none."""
    put(tmp_path, "a.md", content=b"\xef\xbb\xbf# A")
    assert read(tmp_path / "a.md").text == "# A"


def test_a_digest_follows_the_content(tmp_path: Path) -> None:
    """And nothing else."""
    put(tmp_path, "a.md", "b.md")
    put(tmp_path, "c.md", content=b"other")
    one, same, other = (read(tmp_path / name).digest for name in ("a.md", "b.md", "c.md"))
    assert one == same
    assert one != other
