"""The jars of the local Kafka: by lock file, once, and never another's."""

import io
from pathlib import Path
from typing import Any

import pytest
from jgo.env import LockFile, compute_spec_hash

from local.kafka.errors import JarsUnavailable
from local.kafka.jars import LOCK, default_cache, fetch_jars
from local.kafka.progress import OneLine

TINY = "org.jspecify", "jspecify", "1.0.0"  # 4 kB


def test_the_lock_file_is_of_the_list_beside_it() -> None:
    """A change of the list without a new lock file is noticed, every jar has its hash, and no address is in it."""
    lock = LockFile.load(LOCK)
    assert compute_spec_hash(LOCK.with_name("jgo.toml")) == lock.spec_hash
    assert all(jar.sha256 for jar in lock.dependencies)
    assert "://" not in LOCK.read_text()


def test_a_damaged_jar_is_fetched_again(tmp_path: Path) -> None:
    """What an interrupted fetch left behind is replaced, and what is whole is not touched."""
    lock, notices = _lock_of(tmp_path), list[str]()
    (jar,) = fetch_jars(cache=tmp_path / "jars", notice=notices.append, lock=lock)
    whole = jar.read_bytes()
    jar.write_bytes(b"half")
    assert [jar] == fetch_jars(cache=tmp_path / "jars", notice=notices.append, lock=lock)
    assert whole == jar.read_bytes()
    fetch_jars(cache=tmp_path / "jars", notice=notices.append, lock=lock)
    assert notices == ["fetching Kafka, jar 1 of 1: jspecify-1.0.0.jar"] * 2


def test_a_jar_with_another_hash_is_refused(tmp_path: Path) -> None:
    """Whatever comes from elsewhere must be what was locked."""
    with pytest.raises(JarsUnavailable, match="SHA-256"):
        fetch_jars(cache=tmp_path / "jars", notice=_silent, lock=_lock_of(tmp_path, sha256="0" * 64))


def test_a_jar_that_is_nowhere_is_an_error(tmp_path: Path) -> None:
    """The message names the jar."""
    with pytest.raises(JarsUnavailable, match=r"jspecify-0\.0\.0\.jar"):
        fetch_jars(cache=tmp_path / "jars", notice=_silent, lock=_lock_of(tmp_path, version="0.0.0"))


def test_the_cache_is_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It follows the convention for caches, and is not among the demo's data."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert tmp_path / "sluice" / "jars" == default_cache()
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert Path.home() / ".cache" / "sluice" / "jars" == default_cache()


def test_progress_takes_one_line() -> None:
    """A terminal sees each notice in place of the last; a file sees the first."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for out, expected in ((Terminal(), "\r\x1b[Ksluice: a\r\x1b[Ksluice: b\r\x1b[K"), (io.StringIO(), "sluice: a\n")):
        line = OneLine(out)
        line("a")
        line("b")
        line.done()
        assert expected == out.getvalue()


def _lock_of(folder: Path, **changes: Any) -> Path:
    lock = LockFile.load(LOCK)
    (tiny,) = (jar for jar in lock.dependencies if (jar.groupId, jar.artifactId, jar.version) == TINY)
    for name, value in changes.items():
        setattr(tiny, name, value)
    lock.dependencies = [tiny]
    lock.save(folder / "lock.toml")
    return folder / "lock.toml"


def _silent(_: str) -> None:
    pass
