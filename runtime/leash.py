"""Runs a command that cannot outlive its parent: `leash.py PARENT_PID COMMAND...`.

A process that is killed with -9 cannot stop its children. On Linux the kernel does it, if the child asks; this asks, and
then becomes the command under the same pid. Elsewhere the command just runs. It stands alone, so that it starts fast.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def leashed(*command: str) -> tuple[str, ...]:
    """The command line that runs `command`, whose first word is a path, under this process."""
    return (sys.executable, "-S", "-E", __file__, str(os.getpid()), *command)


def main() -> None:
    """Asks the kernel to end this process with its parent, then turns into the command."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before we asked
            sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - becoming the command is what this is for


if __name__ == "__main__":
    main()
