"""Free ports for servers of ours, none of them given to two.

Between choosing a port and listening on it, another process may choose the same. So whoever chooses holds a token first:
the UDP port of that number, which the kernel gives to one process, and takes back when it ends, however it ends.
"""

import random
import socket

# Below the range that kernels give to outgoing connections (32768 on Linux, 49152 elsewhere): while a broker is down,
# no client's own connection can then sit on its port, or connect to itself.
FIRST, LAST = 15_000, 32_000
BLOCK = 100  # ports to a token, so that few tokens serve many


def free_port(*, row: int = 1) -> int:
    """A port on the loopback interface that nothing listens on, with the same true of the next ones of a longer `row`.

    No other call gives it, in this process or another, while this process lives.

    Raises:
        OSError: There is none.
    """
    return _BLOCKS.take(row)


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return _bound(probe, port)


def reserve(port: int) -> bool:
    """Whether this call, as the only one anywhere, has the token of `port`; it is held until this process ends."""
    token = socket.socket(type=socket.SOCK_DGRAM)
    if not _bound(token, port):
        token.close()
        return False
    token.detach()  # nobody closes it any more but the kernel
    return True


class _Blocks:
    """Gives out the ports of blocks whose tokens this process holds, each port once."""

    def __init__(self) -> None:
        self._left = range(0)

    def take(self, row: int) -> int:
        while True:
            if len(self._left) < row:
                self._left = _reserved_block()
            first = self._left.start
            taken = [port for port in range(first, first + row) if not is_free(port)]
            self._left = range(taken[-1] + 1 if taken else first + row, self._left.stop)
            if not taken:
                return first


_BLOCKS = _Blocks()  # the one object that nobody hands in: tokens belong to the process, and so does this


def _reserved_block() -> range:
    blocks = list(range(FIRST, LAST, BLOCK))
    random.shuffle(blocks)  # so that late packets of one run do not meet the servers of the next
    for first in blocks:
        if reserve(first):
            return range(first, first + BLOCK)
    msg = f"no free port between {FIRST} and {LAST}"
    raise OSError(msg)


def _bound(probe: socket.socket, port: int) -> bool:
    try:
        probe.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True
