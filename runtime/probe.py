"""`python -m runtime.probe URL`: ends with 0 where the URL answers 200, for the healthcheck of a container.

An image needs no curl for that, and the answer says on the way what is still missing (`/readyz`). It stands alone, so that
it costs little: it runs every few seconds beside each process.
"""

import socket
import sys
from collections.abc import Sequence
from contextlib import closing

SECONDS = 3.0
USAGE = "usage: python -m runtime.probe http://HOST:PORT/PATH"

_SCHEME = "http://"
_MOST = 4096


def main(arguments: Sequence[str] | None = None) -> int:
    """Asks once; 0 is 200, 1 any other answer or none, 2 that the command line is wrong. Prints what was answered."""
    given = sys.argv[1:] if arguments is None else arguments
    at = _place(given[0]) if len(given) == 1 else None
    if at is None:
        sys.stderr.write(f"{USAGE}\n")
        return 2
    try:
        answer = _ask(*at)
    except OSError as error:
        sys.stdout.write(f"no answer: {error}\n")
        return 1
    head, _, body = answer.partition(b"\r\n\r\n")
    status = head[9:12].decode("ascii", "replace")
    sys.stdout.write(f"{status} {body.decode('utf-8', 'replace').strip()}\n")
    return 0 if status == "200" else 1


def _place(url: str) -> tuple[str, int, str] | None:
    """Host, port and path of the few URLs that a healthcheck needs."""
    authority, slash, path = url.removeprefix(_SCHEME).partition("/")
    host, colon, port = authority.rpartition(":")
    if not url.startswith(_SCHEME) or not host or not colon or not (port.isascii() and port.isdigit()):
        return None
    return host.strip("[]"), int(port), f"{slash}{path}" or "/"


def _ask(host: str, port: int, path: str) -> bytes:
    answer = b""
    with closing(socket.create_connection((host, port), timeout=SECONDS)) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n".encode())
        while len(answer) < _MOST and (piece := connection.recv(_MOST)):
            answer += piece
    return answer


if __name__ == "__main__":
    sys.exit(main())
