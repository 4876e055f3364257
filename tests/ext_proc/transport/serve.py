"""`python -m tests.ext_proc.transport.serve TRANSPORT FOLDER [--tcp]`: scripted streams in a process of their own.

Prints the socket's path, and the port where there is one, once it serves; SIGTERM makes it leave.
"""

import argparse
import asyncio
import logging
import signal
from pathlib import Path

import uvloop

from tests.ext_proc.transport.pump import pumped
from tests.ext_proc.transport.served import TRANSPORTS, serving


def main() -> None:
    """Serves until it is told to stop."""
    parser = argparse.ArgumentParser(prog="python -m tests.ext_proc.transport.serve")
    parser.add_argument("transport", choices=sorted(TRANSPORTS))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tcp", action="store_true", help="on a port, too")
    parser.add_argument("--streams", type=int, default=10_000)
    options = parser.parse_args()
    logging.getLogger("sluice").setLevel(logging.CRITICAL)  # each malformed message is a line
    uvloop.run(_serve(options.transport, options.folder, tcp=options.tcp, streams=options.streams))


async def _serve(transport: str, folder: Path, *, tcp: bool, streams: int) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with serving(transport, folder, max_streams=streams) as served:
        if tcp:
            async with pumped(served.socket) as port:
                print(served.socket, port, flush=True)  # noqa: T201
                await stop.wait()
        else:
            print(served.socket, flush=True)  # noqa: T201
            await stop.wait()


if __name__ == "__main__":
    main()
