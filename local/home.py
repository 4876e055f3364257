"""The data folder of a local system: one system at a time lives in it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.errors import AlreadyRunning, HomeUnusable

# A unix socket's path fits in 108 bytes on Linux and 104 elsewhere, the closing NUL included.
SOCKET_BYTES = 103
LONGEST = "run/processor-00.sock"


def spelled(home: Path, *, root: Path) -> str:
    """`home` as our processes are told it, who run in `root`: absolute, or relative where only that is short enough.

    Raises:
        HomeUnusable: Its path is too long either way.
    """
    absolute = home.absolute()
    ways = [str(absolute)]
    if absolute.is_relative_to(root):
        ways.append(str(absolute.relative_to(root)))
    for way in ways:
        if len(os.fsencode(f"{way}/{LONGEST}")) <= SOCKET_BYTES:
            return way
    longest = SOCKET_BYTES - len(LONGEST) - 1
    raise HomeUnusable(home=home, reason=f"has a path too long for unix sockets (more than {longest} bytes)")


@contextmanager
def occupied(home: Path) -> Iterator[None]:
    """Makes the folder where it is missing, private, and keeps others out while the context is open.

    The lock is the kernel's: it goes with this process, however that ends.

    Raises:
        AlreadyRunning: Another system is in it.
        HomeUnusable: It cannot be written.
    """
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        (home / "run").mkdir(exist_ok=True, mode=0o700)
        descriptor = os.open(home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise HomeUnusable(home=home, reason=f"cannot be used: {error.strerror}") from error
    with os.fdopen(descriptor, "r+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(home=home, pid=lock.read().strip() or "unknown") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
