"""Small JSON files that are either the old or the new one."""

from pathlib import Path

import pytest

from workers.index.files import read_json, write_json


def test_round_trip(tmp_path: Path) -> None:
    """What is written is read, and the draft is gone."""
    write_json(tmp_path / "x.json", {"a": 1})
    write_json(tmp_path / "x.json", {"a": 2})
    assert read_json(tmp_path / "x.json") == {"a": 2}
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]


@pytest.mark.parametrize("content", [None, "", "{", "\x00"])
def test_missing_or_broken(tmp_path: Path, content: str | None) -> None:
    """A file that is not there, or holds half of something, holds nothing."""
    if content is not None:
        (tmp_path / "x.json").write_text(content)
    assert read_json(tmp_path / "x.json") is None


def test_failed_write_leaves_the_old(tmp_path: Path) -> None:
    """What cannot be written leaves what was there."""
    write_json(tmp_path / "x.json", [1])
    with pytest.raises(TypeError):
        write_json(tmp_path / "x.json", [object()])
    assert read_json(tmp_path / "x.json") == [1]
