"""The archive of Kafka's classes: made once, for what it fits, and in use."""

import os
from pathlib import Path

import psutil
import pytest

from local.kafka.archive import archived
from local.kafka.broker import KafkaBroker
from local.kafka.jars import default_cache
from local.kafka.java import Java


def test_it_is_made_once_for_what_it_fits(tmp_path: Path) -> None:
    """The same jars find the archive again; one that is another by size or age needs another archive."""
    jar, notices = tmp_path / "a.jar", list[str]()
    jar.write_bytes(b"classes")

    def made() -> Path | None:
        return archived(Java(jars=[jar]), cache=tmp_path / "c", notice=notices.append, rehearse=_leave).archive

    first = made()
    assert first is not None
    assert first.read_bytes() == b"archive"
    assert first == made()
    assert ["having Kafka rehearse its start"] == notices
    os.utime(jar, (1, 1))
    assert made() not in {first, None}
    assert 2 == len(notices)


def test_a_runtime_that_leaves_none_is_not_asked_twice(tmp_path: Path) -> None:
    """An empty file stands for it, which the runtime passes over."""
    rehearsed = list[Path]()

    def leave_none(folder: Path, _: Path) -> None:
        rehearsed.append(folder)

    for _ in range(2):
        java = archived(Java(jars=[]), cache=tmp_path, notice=lambda _: None, rehearse=leave_none)
        assert java.archive is not None
        assert java.archive.read_bytes() == b""
    assert 1 == len(rehearsed)
    assert not rehearsed[0].exists()


@pytest.mark.kafka
def test_a_broker_runs_from_it(kafka: KafkaBroker) -> None:
    """The runtime has accepted the archive: it is mapped into the broker."""
    mapped = {Path(region.path) for region in psutil.Process(kafka.pid).memory_maps()}
    assert {path for path in mapped if path.parent == default_cache().parent and path.suffix == ".aot"}


def _leave(_: Path, archive: Path) -> None:
    archive.write_bytes(b"archive")
