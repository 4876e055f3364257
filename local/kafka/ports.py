"""Free ports for servers of ours."""

import random
import socket

# Below the range that kernels give to outgoing connections (32768 on Linux, 49152 elsewhere): while a broker is down,
# no client's own connection can then sit on its port, or connect to itself.
FIRST, LAST = 15_000, 32_000
TRIES = 200


def free_port() -> int:
    """A port on the loopback interface that nothing listens on."""
    for _ in range(TRIES):
        port = random.randint(FIRST, LAST)  # noqa: S311 - spreads the choice, guards nothing
        if is_free(port):
            return port
    msg = f"no free port between {FIRST} and {LAST}"
    raise OSError(msg)


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
