"""The jars of Kafka: fetched once per user, and each held to the lock file's hash."""

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from jgo.env import LockedDependency, LockFile
from jgo.maven import MavenContext

from local.kafka.errors import JarsUnavailable

LOCK = Path(__file__).with_name("jgo.lock.toml")
Notice = Callable[[str], None]


def default_cache() -> Path:
    """Where jars are kept: per user, so that removing the demo's data does not fetch them again."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "sluice" / "jars"


def fetch_jars(*, cache: Path, notice: Notice, lock: Path = LOCK) -> list[Path]:
    """The jars that `lock` names, in its order, fetched into `cache` where they are missing.

    `notice` is called with a line of progress for each one fetched. Several processes may call this at once.

    Raises:
        JarsUnavailable: One could not be fetched, or is not what the lock file says.
    """
    locked = LockFile.load(lock).dependencies
    maven = MavenContext(repo_cache=cache, timeout=30)
    with alone(cache):
        return [_jar(maven, jar, notice=_counted(notice, at + 1, len(locked))) for at, jar in enumerate(locked)]


def _jar(maven: MavenContext, locked: LockedDependency, *, notice: Notice) -> Path:
    artifact = maven.project(locked.groupId, locked.artifactId).at_version(locked.version).artifact()
    name = str(artifact.filename)
    path = Path(maven.repo_cache, artifact.component.path_prefix, name)
    if _intact(path, locked):
        return path
    notice(name)
    path.unlink(missing_ok=True)  # what an interrupted fetch left behind
    try:
        artifact.resolve()
    except (OSError, RuntimeError) as error:
        raise JarsUnavailable(name=name, reason=str(error)) from error
    if not _intact(path, locked):
        raise JarsUnavailable(name=name, reason="its SHA-256 is not the one in the lock file")
    return path


def _intact(path: Path, locked: LockedDependency) -> bool:
    if not path.exists():
        return False
    with path.open("rb") as jar:
        return hashlib.file_digest(jar, "sha256").hexdigest() == locked.sha256


def _counted(notice: Notice, at: int, of: int) -> Notice:
    return lambda name: notice(f"fetching Kafka, jar {at} of {of}: {name}")


@contextmanager
def alone(cache: Path) -> Iterator[None]:
    """Whoever is inside is the only one, of all processes, that changes this cache."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
