"""The generated code is what the .proto files say."""

from pathlib import Path

import pytest

from proto.generate import GENERATED, generate, main, stale
from proto.generated import embedding_pb2


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Code that was generated now."""
    folder = tmp_path_factory.mktemp("generated")
    generate(folder)
    return folder


def test_what_is_committed_is_fresh(fresh: Path) -> None:
    """Nobody has changed a .proto file, or the generated code, without the other."""
    assert [] == stale(expected=fresh, found=GENERATED)


def test_changed_missing_and_left_over_files_are_stale(fresh: Path, tmp_path: Path) -> None:
    """Each way of not being fresh is found by name."""
    for path in fresh.glob("*.py*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "embedding_pb2.py").write_text("# changed")
    (tmp_path / "ext_proc_pb2.py").unlink()
    (tmp_path / "left_over_pb2.py").write_text("")
    assert ["embedding_pb2.py", "ext_proc_pb2.py", "left_over_pb2.py"] == stale(expected=fresh, found=tmp_path)


def test_check_passes() -> None:
    """`--check` is what `make check` calls."""
    assert 0 == main(["--check"])


def test_vectors_are_packed() -> None:
    """A vector of 384 numbers takes four bytes each and no tags."""
    assert 384 * 4 + 4 >= len(embedding_pb2.Embedding(vector=[0.5] * 384).SerializeToString())
