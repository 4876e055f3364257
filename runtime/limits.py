"""What the kernel lets this process have."""

import resource


def allow_open_files() -> int:
    """Raises the soft limit on open files to the hard one, for this process and those that it starts, and returns it.

    A process here holds thousands of connections, and the soft limit is small for the sake of programs that use
    `select(2)`; systemd's manual asks of those that do not to raise it themselves.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        except (ValueError, OSError):  # where the hard limit is "unlimited", some systems refuse that number
            return soft
    return hard
